// Disks with a damaged boot image, each with what the loader says about it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { readBootImage } from "../../sdk/image/boot-image.ts";
import { type DiskParts, writeDiskImage } from "../../sdk/image/disk-image.ts";
import { shift, writeSparse } from "../../sdk/image/extent.ts";
import { fat32 } from "../../sdk/image/fat32.ts";
import { gpt, layout, sectorBytes } from "../../sdk/image/gpt.ts";

/** A disk that must not boot. */
export interface DamagedDisk {
  what: string;
  path: string;
  /** the sentence behind `leivos: ` */
  message: string;
}

const again = "build and write the image again.";

/** The loader and the boot image of the everyday build. */
export async function systemParts(options: Record<string, string>): Promise<DiskParts> {
  const built = await buildSystem(standardVariant, () => {}, false);
  return { loader: readFileSync(built.loader), boot: readFileSync(built.boot), options };
}

/** The objects by themselves, and the last of each folder: the firmware offers no more than some thirty disks. */
function everyKind<O extends { name: string }>(objects: readonly O[]): O[] {
  const chosen = new Map<string, O>();
  for (const object of objects)
    chosen.set(object.name.includes("/") ? object.name.split("/")[0]! : object.name, object);
  return [...chosen.values()];
}

/** Damages that leave a file: what, the file, the message. */
function damages(boot: Buffer): [string, Uint8Array, string][] {
  const flipped = (at: number) => {
    const copy = Buffer.from(boot);
    copy[at]! ^= 0x10;
    return copy;
  };
  const objects = everyKind(readBootImage(boot)).map(
    ({ name, offset, bytes }): [string, Uint8Array, string] => [
      `a bit of ${name}`,
      flipped(offset + (bytes.length >> 1)),
      `digest of ${name} differs (damaged file)`,
    ],
  );
  return [
    ["a bit of the magic", flipped(0), "this is no boot image (wrong magic)"],
    ["a bit of the version", flipped(8), "it has another version than this loader"],
    ["a bit of the size", flipped(18), "it is not as long as it says (truncated?)"],
    ["a bit of the table", flipped(64 + 48), "digest of the table differs (damaged file)"],
    ["a bit of the table's digest", flipped(40), "digest of the table differs (damaged file)"],
    ["an empty file", new Uint8Array(0), "this is no boot image (wrong magic)"],
    ["the last page missing", boot.subarray(0, -4096), "it is not as long as it says (truncated?)"],
    [
      "all but the header missing",
      boot.subarray(0, 64),
      "it is not as long as it says (truncated?)",
    ],
    ...objects,
  ];
}

/** Writes one disk for each damage, and one without the file. */
export function writeDamagedDisks(folder: string, parts: DiskParts): DamagedDisk[] {
  const file = String.raw`\leivos\boot.img`;
  const disks = damages(Buffer.from(parts.boot)).map(([what, boot, sentence], i) => {
    const path = join(folder, `damaged-${i}.img`);
    writeDiskImage(path, { ...parts, boot });
    return { what, path, message: `${file}: ${sentence}; ${again}` };
  });
  const path = join(folder, "missing.img");
  writeLoaderDisk(path, parts.loader);
  const cure = "there is no such file; put it on the EFI system partition.";
  return [...disks, { what: "no file at all", path, message: `${file}: ${cure}` }];
}

/** A disk that holds the loader and nothing else. */
function writeLoaderDisk(path: string, loader: Uint8Array): void {
  const volume = fat32(
    { "EFI/BOOT/BOOTX64.EFI": loader },
    (40 << 20) / sectorBytes,
    layout(0).first,
  );
  const disk = layout(volume.sectors);
  const extents = [...gpt(disk), ...shift(volume.extents, disk.first * sectorBytes)];
  writeSparse(path, extents, disk.diskSectors * sectorBytes);
}
