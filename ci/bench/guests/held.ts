// A guest of a disk that starts behind a hold (linux/start.c): it gets there at full speed, and from there it may
// go on with exact instruction counts, so that the firmware, which takes many times longer under them, is
// not counted.
import { rmSync } from "node:fs";
import { Guest } from "../../qemu/guest.ts";
import type { MachineOptions } from "../../qemu/machine.ts";

/** What every benchmark's machine has; the disk is its own. */
export const benchMachine: Omit<MachineOptions, "disk"> = {
  cpus: 1,
  memory: "512M",
  accelerator: "tcg",
  network: { kind: "none" },
  icount: false,
  display: "none",
  serial: true,
  exitOnReset: true,
};

/** A guard against a guest that hangs, in milliseconds. */
export const patience = 120_000;

/** Starts a guest: where instructions are counted, with a disk that holds; else with one that does not. */
export async function benchGuest(machine: MachineOptions): Promise<Guest> {
  if (!machine.icount) return Guest.start(machine);
  const held = await Guest.start({ ...machine, icount: false });
  const state = `${machine.disk}.state`;
  try {
    await held.expect(/^@[0-9a-f]{16} hold\r?$/m, patience);
    await held.save(state);
  } finally {
    await held.close();
  }
  const guest = await Guest.start({ ...machine, incoming: state });
  rmSync(state);
  // The firmware's own timers stand still for a while, so that nobody else takes the byte.
  guest.type(" ");
  return guest;
}
