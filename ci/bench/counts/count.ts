// Counts the instructions of the nucleus's hot paths, once.
import { join } from "node:path";
import { holdFolder, releaseFolder } from "../../qemu/resources.ts";
import { measure } from "../ipc/compare.ts";
import { writeNativeDisk } from "../guests/disks.ts";
import type { Counts } from "./history.ts";

/** Exact counts of all paths of the native program; `more`: lines of options. */
export async function countPaths(more = ""): Promise<Counts> {
  const folder = holdFolder();
  const disk = join(folder, "native.img");
  await writeNativeDisk(disk, true, "all", more);
  const counts = await measure(disk, true, 1);
  releaseFolder(folder);
  counts.delete("khz");
  return counts;
}
