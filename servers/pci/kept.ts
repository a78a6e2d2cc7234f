// What the next `pci` must know, after a crash and in a swap: which function is whose, and what memory its device reaches.
// Invariant: a claim, and memory, is in it before its driver hears of it, and leaves it once the device is at rest.
import { array, bool, handle, string, struct, u16, u64 } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";

/** Claims that are written down at once; each with at most 8 pieces of memory. */
export const MOST_CLAIMS = 32;

/** A piece of memory as a device finds it, in bytes. */
export interface Range {
  readonly address: number;
  readonly bytes: number;
}

/** One claim. `resting`: its driver has gone, its device is being brought to rest. */
export interface KeptClaim {
  readonly bdf: number;
  readonly owner: string;
  readonly resting: boolean;
  readonly memory: Range[];
}

/** The claims, which outlive the process. */
export const keptClaims = state({
  name: "claims",
  version: 1,
  durable: 20_000,
  schema: {
    claims: array(
      struct({
        bdf: u16,
        owner: string,
        resting: bool,
        memory: array(struct({ address: u64, bytes: u64 })),
      }),
    ),
  },
  initial: { claims: [] },
});

/** The handles that keep that memory alive: they move in a swap, and come again from the drivers after a crash. */
export const keptMemory = state({
  name: "memory",
  version: 1,
  schema: { held: array(struct({ bdf: u16, memory: handle("memory") })) },
  initial: { held: [] },
});
