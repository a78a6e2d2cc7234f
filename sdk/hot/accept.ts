// The words that people know from Vite, where the meaning is the same: accept, dispose, invalidate (`data` is a state's, state.ts).
import "./begin.ts";
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
