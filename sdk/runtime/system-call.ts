// Numbers of system calls by name, taken from the ABI table at build time.
import { syscalls } from "../abi/table.ts";

type Name = (typeof syscalls)[number][0];
type Numbers = { readonly [K in Name]: number };

/** `systemCalls.port_create` and so on. */
export const systemCalls: Numbers = /* @__PURE__ */ Object.fromEntries(
  syscalls.map(([name, number]) => [name, number]),
) as unknown as Numbers;
