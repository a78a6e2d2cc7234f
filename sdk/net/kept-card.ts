// What the driver of a card hands over to new code: the claim, and what its kernel works on; the card goes on meanwhile.
// Invariant: nothing of it lies in memory that the card reaches.
import { bool, bytes, optional, u16, u32, u64 } from "../contract/field.ts";
import { state } from "../hot/state.ts";
import { keptClaim } from "../pci/kept-claim.ts";

export const kept = state({
  version: 1,
  schema: {
    claim: keptClaim,
    mac: bytes,
    /** the kernel's words, little-endian */
    words: bytes,
    /** what card and driver have agreed on, as the driver notes it */
    agreed: u32,
    /** commands that the card has answered, where it takes any (ServedCard) */
    commands: optional(u16),
    refused: u64,
    dropped: u64,
  },
  initial: {
    mac: new Uint8Array(0),
    words: new Uint8Array(0),
    agreed: 0,
    refused: 0,
    dropped: 0,
  },
});

/** A client's session: whether it has the card's buffers, batches that it has not answered, and slots that it knows to be taken back. */
export interface CardSession {
  readonly shares: boolean;
  readonly unanswered: number;
  readonly told: number;
}
export const cardSession = { shares: bool, unanswered: u32, told: u32 };

/** The kernel's words as they came. */
export function keptWords(): Uint32Array {
  const { words } = kept.data;
  return new Uint32Array(words.slice().buffer);
}
