// The words that people know from Vite, where the meaning is the same: accept, dispose, invalidate (`data` is a state's, state.ts);
// and what is done once new code stands.
import "./begin.ts";
import { hold } from "../runtime/hold.ts";
import { hooks } from "./hooks.ts";

/** This code hands over to new code and takes over from old code, though it declares no state: its clients stay connected. */
export function accept(): void {
  hooks.accepts = true;
}

/**
 * Called each time the state is about to be taken: puts into `data` what lives elsewhere. The server may go on afterwards, so it must end
 * nothing.
 */
export function dispose(handler: () => void): void {
  hooks.dispose.push(handler);
}

/** For new code, in a migration or at the begin of `run`: it can't take over, and the old code goes on. `reason` is what the host reads. */
export function invalidate(reason: string): never {
  throw new Error(reason);
}

/**
 * Does `f` as soon as this code is what runs: at once after a start; in a swap when there is no way back any more, before the first message. For
 * what can't be undone and is no message: writing to a device.
 */
export function onceKept(f: () => void): void {
  if (hold.on) hooks.kept.push(f);
  else f();
}

/**
 * Called with true when this code is to come to a message boundary for a swap, and with false when it goes on after all. For a server that makes
 * calls of its own without end, at the wish of somebody whom a stop does not hold up: it begins none in between.
 */
export function onStopping(handler: (stops: boolean) => void): void {
  hooks.stopping.push(handler);
}

/**
 * What this code does for somebody that can't be handed over, as a sentence that a refusal shows; undefined when there is nothing. Asked at the end
 * of each turn while the code is to stop.
 */
export function busyWith(what: () => string | undefined): void {
  hooks.busy.push(what);
}
