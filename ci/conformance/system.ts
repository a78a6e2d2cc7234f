// System calls by name, as the suite makes them: the raw binding, nothing of the runtime between.
import { errors, rights, syscalls } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";

export type CallName = (typeof syscalls)[number][0];
export type ErrorName = keyof typeof errors;

const numbers: Record<string, number> = {};
for (const [name, number] of syscalls) numbers[name] = number;

/** `rax` of the call. -1 as an argument is all ones. */
export function sys(name: CallName, ...a: number[]): number {
  return uusi.sys(numbers[name] as number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/** `rdx` of the last call. */
export function second(): number {
  return uusi.second();
}

export function code(name: ErrorName): number {
  return errors[name][0];
}

/** The name of a result below 0, else the number as text. */
export function resultName(result: number): string {
  for (const name in errors) if (errors[name as ErrorName][0] === result) return name;
  return String(result);
}

/** A result that must be a success; throws with the call's name. */
export function must(name: CallName, ...a: number[]): number {
  const result = sys(name, ...a);
  if (result < 0) throw new Error(`${name}(${a.join(", ")}) gave ${resultName(result)}`);
  return result;
}

/** A copy of a handle with these rights alone. */
export function restricted(handle: number, keep: number): number {
  return must("handle_duplicate", handle, keep, 0);
}

export function close(...handles: number[]): void {
  for (const handle of handles) must("handle_close", handle);
}

export function rightsOf(handle: number): number {
  return Math.floor(must("handle_info", handle) / 256);
}

export const without = (right: number) => rights.ALL & ~right;
