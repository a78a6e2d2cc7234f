// Brings a function to rest: no bus mastering, no interrupts, then a reset where the function offers one.
// Invariant: after `quiet` the function cannot start a transaction of its own; addresses of its regions are kept.
import { capabilities, capabilityIds } from "./capabilities.ts";
import { type ConfigSpace, commands, registers } from "./config-space.ts";
import { msixControl } from "./msix.ts";

/** Bits of the Express capability: Function Level Reset possible, and start it (PCI Express Base 4.0 §7.5.3). */
const EXPRESS_RESET_POSSIBLE = 1 << 28;
const EXPRESS_RESET = 1 << 15;
/** Advanced Features (ECN of 2006): the same for conventional functions. */
const ADVANCED_RESET_POSSIBLE = 2;

/** Switches bus mastering and message-signalled interrupts off. */
export function quiet(space: ConfigSpace, bdf: number): void {
  const command = space.read16(bdf, registers.COMMAND);
  space.write16(bdf, registers.COMMAND, (command & ~commands.BUS_MASTER) | commands.NO_INTX);
  for (const { id, offset } of capabilities(space, bdf).list)
    if (id === capabilityIds.MSI_X) {
      const control = space.read16(bdf, offset + 2);
      space.write16(bdf, offset + 2, control & ~msixControl.ENABLE);
    }
}

/** How a function can be reset; "none" leaves it to its driver's own reset. */
export type ResetKind = "express" | "advanced" | "none";

/** Looks what the function offers. */
export function resetKind(space: ConfigSpace, bdf: number): { kind: ResetKind; offset: number } {
  for (const { id, offset } of capabilities(space, bdf).list) {
    if (
      id === capabilityIds.EXPRESS &&
      (space.read32(bdf, offset + 4) & EXPRESS_RESET_POSSIBLE) !== 0
    )
      return { kind: "express", offset };
    if (
      id === capabilityIds.ADVANCED &&
      ((space.read32(bdf, offset) >>> 24) & ADVANCED_RESET_POSSIBLE) !== 0
    )
      return { kind: "advanced", offset };
  }
  return { kind: "none", offset: 0 };
}

/** Starts the reset; the function must be left alone for 100 ms afterwards. Registers of regions must be written again. */
export function startReset(space: ConfigSpace, bdf: number): boolean {
  const { kind, offset } = resetKind(space, bdf);
  if (kind === "express") {
    const control = space.read16(bdf, offset + 8);
    space.write16(bdf, offset + 8, control | EXPRESS_RESET);
  } else if (kind === "advanced") {
    // The control byte is followed by a status byte that ignores writes.
    space.write16(bdf, offset + 4, 1);
  }
  return kind !== "none";
}

/** Region registers before a reset, to be written back after it. */
export function saveRegions(space: ConfigSpace, bdf: number): number[] {
  const saved: number[] = [];
  for (let index = 0; index < 6; index += 1)
    saved.push(space.read32(bdf, registers.BAR0 + index * 4));
  return saved;
}

/** Writes region registers back. */
export function restoreRegions(space: ConfigSpace, bdf: number, saved: readonly number[]): void {
  for (let index = 0; index < saved.length; index += 1)
    space.write32(bdf, registers.BAR0 + index * 4, saved[index] as number);
}
