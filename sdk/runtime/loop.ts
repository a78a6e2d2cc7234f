// The event loop: one port, one wait. `turn` dispatches a batch of events by key; the turn's messages leave together after it.
// Signatures for users: `turnTime`, `addSource`, `removeSource`, `startLoop`.

/** Time of the current turn. */
export const turnTime = { now: 0, clock: 0 };

/** What receives the events of one bound handle. `at`: offset of the payload in the message buffer, valid during the call. */
export interface Source {
  event(type: number, at: number, length: number, event: number): void;
}

/** Binds a handle to the loop's port; returns the slot, or an error below 0. */
export declare function addSource(handle: number, source: Source): number;
/** Unbinds. Events that are already collected for it are dropped. */
export declare function removeSource(slot: number): void;
