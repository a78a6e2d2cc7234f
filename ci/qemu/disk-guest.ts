// A guest that boots a disk of the test's own, on the machine that most tests have.
import { Guest } from "./guest.ts";
import type { MachineOptions } from "./machine.ts";

/** Two processors, 512 MiB, no network; a reset ends it. */
const machine: Omit<MachineOptions, "disk"> = {
  cpus: 2,
  memory: "512M",
  accelerator: "tcg",
  network: { kind: "none" },
  icount: false,
  display: "none",
  serial: true,
  exitOnReset: true,
};

/** Starts it from the firmware on; `more` is what differs. */
export const diskGuest = (
  disk: string,
  more: Partial<Omit<MachineOptions, "disk">> = {},
): Promise<Guest> => Guest.start({ ...machine, ...more, disk });
