// The configuration space of the machine. Invariant: on a machine without one, or where it can't be mapped, no function answers.
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { log } from "../../sdk/runtime/supervisor.ts";
import { type ConfigSpace, ecam } from "./config-space.ts";

/** Reads as all ones everywhere: `last` lies before `first`. */
const absent = ecam(
  { get8: () => 0xff, get16: () => 0xffff, get32: () => 0xffff_ffff, set16() {}, set32() {} },
  1,
  0,
);

/** `handle`: its memory, 0 without one; `buses`: the first and the last bus that it covers. */
export function openSpace(
  handle: number,
  buses: string,
): { readonly space: ConfigSpace; readonly first: number; readonly last: number } {
  if (handle === 0) {
    log("this machine has no PCI configuration space");
    return { space: absent, first: 1, last: 0 };
  }
  const [first = 0, last = 0] = buses.split(" ").map(Number);
  const view = new Memory(handle, true).map();
  if (view instanceof Failure) {
    log(`configuration space: ${view.sentence}`, "error");
    return { space: absent, first: 1, last: 0 };
  }
  return { space: ecam(view, first, last), first, last };
}
