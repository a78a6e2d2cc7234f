// The handles of this process: listed, and those that nobody knows closed.
import { uusi } from "../runtime/binding.ts";
import { closeHandle } from "../runtime/handle.ts";
import { systemCalls } from "../runtime/system-call.ts";

/** All of them, in the order of their slots. */
export function ownHandles(): number[] {
  const all: number[] = [];
  for (let index = 0; ; index = uusi.second()) {
    const handle = uusi.sys(systemCalls.handle_next, index);
    if (handle <= 0) return all;
    all.push(handle);
  }
}

/** Closes those of `all` that are not in `known`. */
export function closeUnknown(all: readonly number[], known: ReadonlySet<number>): void {
  for (let i = 0; i < all.length; i++) if (!known.has(all[i]!)) closeHandle(all[i]!);
}
