// A machine that runs the torture program, from a disk with its options.
import { diskGuest } from "../qemu/disk-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import type { tortureDisks } from "./disk.ts";

/** What writes disks: a build of the program. */
export type Disks = Awaited<ReturnType<typeof tortureDisks>>;

/**
 * Starts it.
 * @param name of the disk's file
 * @param options beside `torture_seed`, `torture_scale`, `torture_only`, `torture_whole`: what the nucleus reads
 * @param processor QEMU's model, its fullest one by default
 */
export function startTorture(
  disks: Disks,
  name: string,
  cpus: number,
  options: Record<string, string>,
  processor?: string,
): Promise<Guest> {
  return diskGuest(disks(name, { seed: "1", ...options }), {
    cpus,
    ...(processor === undefined ? {} : { processor }),
  });
}
