// The disk of one boot: the built system with this boot's options. Removed with the process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { holdFolder } from "../../../ci/qemu/resources.ts";
import { writeDiskImage } from "../../image/disk-image.ts";
import type { BuiltSystem } from "../build/build-system.ts";

/** Writes the disk image and returns its path. */
export function bootDisk(built: BuiltSystem, options: Record<string, string>): string {
  const path = join(holdFolder(), "disk.img");
  const parts = { loader: readFileSync(built.loader), boot: readFileSync(built.boot), options };
  writeDiskImage(path, parts);
  return path;
}
