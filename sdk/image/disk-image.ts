// The disk image: GPT, one EFI system partition, the loader, the boot image and the options.
// Invariant: made without root or mount, and the same parts give the same bytes.
import { type Extent, shift, writeSparse } from "./extent.ts";
import { fat32 } from "./fat32.ts";
import { gpt, layout, sectorBytes } from "./gpt.ts";
import { ImageError } from "./image-error.ts";

/** What a bootable disk holds. */
export interface DiskParts {
  /** BOOTX64.EFI */
  loader: Uint8Array;
  /** boot.img */
  boot: Uint8Array;
  /** `key=value` settings for the loader, the nucleus and init */
  options: Readonly<Record<string, string>>;
}

/** The loader passes on this many bytes of options. */
const maximumOptions = 4096;
const minimumVolumeSectors = (40 << 20) / sectorBytes;

/**
 * The text of `\leivos\options`.
 * @throws ImageError bad_entry, too_large
 */
export function optionsText(options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).map(([key, value]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(key) || /[\r\n\0]/.test(value)) {
      throw new ImageError("bad_entry", `"${key}=${value}" is no option: it needs one line`);
    }
    return `${key}=${value}\n`;
  });
  const text = lines.join("");
  if (Buffer.byteLength(text) > maximumOptions) {
    throw new ImageError("too_large", `the options are longer than ${maximumOptions} bytes`);
  }
  return text;
}

/** Lays a disk out; `size` is in bytes. */
export function diskImage(parts: DiskParts): { extents: Extent[]; size: number } {
  return diskWith({
    "EFI/BOOT/BOOTX64.EFI": parts.loader,
    "leivos/boot.img": parts.boot,
    "leivos/options": Buffer.from(optionsText(parts.options)),
  });
}

/** Lays out a disk whose system partition holds files of any kind, by their paths. */
export function diskWith(files: Record<string, Uint8Array>): { extents: Extent[]; size: number } {
  const start = layout(0).first;
  const volume = fat32(files, minimumVolumeSectors, start);
  const disk = layout(volume.sectors);
  return {
    extents: [...gpt(disk), ...shift(volume.extents, disk.first * sectorBytes)],
    size: disk.diskSectors * sectorBytes,
  };
}

/** Writes a disk image to a sparse file. */
export function writeDiskImage(path: string, parts: DiskParts): void {
  const { extents, size } = diskImage(parts);
  writeSparse(path, extents, size);
}
