// Brings the card to rest, whatever it is doing.
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import { control, registers as r } from "./registers.ts";

/** Reads until a reset that does not end counts as failed. */
const RESET_READS = 100_000;

/** Resets the card; false when that does not end. Its address is read anew from its store. */
export function resetCard(registers: MemoryView): boolean {
  registers.set32(r.IMC, 0xffffffff);
  registers.set32(r.RCTL, 0);
  registers.set32(r.TCTL, 0);
  registers.set32(r.CTRL, (registers.get32(r.CTRL) | control.RESET) >>> 0);
  for (let count = 0; count < RESET_READS; count++) {
    if ((registers.get32(r.CTRL) & control.RESET) === 0) {
      registers.set32(r.IMC, 0xffffffff);
      registers.get32(r.ICR);
      return true;
    }
  }
  return false;
}
