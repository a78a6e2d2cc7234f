// What the driver hands over to new code: the claim, and how far the rings have come; bytes that wait are in the device's memory.
import { array, bytes, struct, u16, u32 } from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";
import { keptClaim } from "../../sdk/pci/kept-claim.ts";

export const kept = state({
  version: 1,
  schema: {
    claim: keptClaim,
    /** receiving, sending (sdk/virtio/split-ring.ts) */
    rings: array(struct({ size: u32, posted: u16, taken: u16, given: bytes })),
  },
  initial: { rings: [] },
});
