// Numbers of system calls by name, from the ABI table.
import { syscalls } from "../abi/table.ts";

type Name = (typeof syscalls)[number][0];

export const systemCalls = Object.fromEntries(syscalls.map(([name, n]) => [name, n])) as Record<
  Name,
  number
>;
