// Counts the instructions of hot paths, once: those of the nucleus, and a call between two TypeScript programs.
import { join } from "node:path";
import { holdFolder, releaseFolder } from "../../qemu/resources.ts";
import { measure } from "../ipc/compare.ts";
import { writeNativeDisk, writeTypeScriptDisk } from "../guests/disks.ts";
import { typeScriptRow } from "../ipc/rows.ts";
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

/** The exact count of a call between two TypeScript programs (ci/bench/typescript), both sides and the nucleus together. */
export async function countTypeScript(): Promise<Counts> {
  const folder = holdFolder();
  const disk = join(folder, "typescript.img");
  await writeTypeScriptDisk(disk, true);
  const counts = await measure(disk, true, 1);
  releaseFolder(folder);
  return new Map([[typeScriptRow.own, counts.get(typeScriptRow.own)!]]);
}
