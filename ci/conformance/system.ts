// System calls by name, as the suite makes them: the raw binding, nothing of the runtime between.
import { errors, rights, syscalls } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";

export type CallName = (typeof syscalls)[number][0];
export type ErrorName = keyof typeof errors;

const numbers: Record<string, number> = {};
for (const [name, number] of syscalls) numbers[name] = number;

/** Which errors each call has returned so far, here and in the children. */
const seen: Partial<Record<CallName, number[]>> = {};

/** `rax` of the call. -1 as an argument is all ones. */
export function sys(name: CallName, ...a: number[]): number {
  const result = uusi.sys(numbers[name] as number, a[0], a[1], a[2], a[3], a[4], a[5]);
  note(name, result);
  return result;
}

/** Keeps what a call has returned, where that is an error. */
export function note(name: CallName, result: number): void {
  if (result >= 0) return;
  const codes = (seen[name] ??= []);
  if (!codes.includes(result)) codes.push(result);
}

/** `CALL ERROR ERROR ...` for each call that has failed, in alphabetical order. */
export function seenErrors(): string[] {
  return Object.entries(seen)
    .map(([name, codes]) => [name, ...codes.map(resultName).sort()].join(" "))
    .sort();
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
