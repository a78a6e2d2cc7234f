// A FAT32 file system with a given tree of files (Microsoft's FAT specification 1.03).
// Invariant: the same tree gives the same bytes; every file is one run of clusters.
import type { Extent } from "./extent.ts";
import { ImageError } from "./image-error.ts";
import { shortName } from "./fat-name.ts";

const sectorBytes = 512;
const reservedSectors = 32;
const fats = 2;
/** Fewer clusters than this would make it FAT16 by definition. */
const minimumClusters = 65_525;
const endOfChain = 0x0fff_ffff;
const rootCluster = 2;
const entryBytes = 32;
const attributes = { volume: 0x08, directory: 0x10, archive: 0x20 };
/** Every time stamp: 1 January 2026, so that images repeat. */
const date = ((2026 - 1980) << 9) | (1 << 5) | 1;

/** Files by path: `EFI/BOOT/BOOTX64.EFI`, names in 8.3 form, in the order they are written. */
export type FileTree = Readonly<Record<string, Uint8Array>>;

interface Folder {
  cluster: number;
  clusters: number;
  parent: number;
  entries: Buffer[];
  children: Map<string, Folder>;
}

/**
 * Lays out a volume.
 * @param files one sector a cluster, so at least about 33 MB in all
 * @param minimumSectors the volume is at least this large
 * @param hiddenSectors sectors in front of the volume on its disk
 * @throws ImageError bad_name, too_large
 */
export function fat32(files: FileTree, minimumSectors: number, hiddenSectors: number) {
  const allocation = new Allocation();
  const top = newFolder(allocation, 0);
  top.entries.push(entry(shortName("LEIVOS"), attributes.volume, 0, 0));
  const data: { cluster: number; bytes: Uint8Array }[] = [];
  for (const [path, bytes] of Object.entries(files)) {
    const names = path.split("/");
    const name = names.pop()!;
    let folder = top;
    for (const step of names) folder = childOf(folder, step, allocation);
    const cluster = bytes.length === 0 ? 0 : allocation.take(bytes.length);
    if (cluster !== 0) data.push({ cluster, bytes });
    folder.entries.push(entry(shortName(name), attributes.archive, cluster, bytes.length));
  }
  collectFolders(top, data);
  const { sectors, fatSectors } = geometry(allocation.next, minimumSectors);
  const dataStart = reservedSectors + fats * fatSectors;
  const fat = allocation.table();
  const extents: Extent[] = [
    { offset: 0, bytes: bootSector(sectors, fatSectors, hiddenSectors) },
    { offset: sectorBytes, bytes: informationSector(sectors - dataStart, allocation.next) },
    { offset: 6 * sectorBytes, bytes: bootSector(sectors, fatSectors, hiddenSectors) },
    { offset: 7 * sectorBytes, bytes: informationSector(sectors - dataStart, allocation.next) },
    { offset: reservedSectors * sectorBytes, bytes: fat },
    { offset: (reservedSectors + fatSectors) * sectorBytes, bytes: fat },
    ...data.map(({ cluster, bytes }) => ({
      offset: (dataStart + cluster - rootCluster) * sectorBytes,
      bytes,
    })),
  ];
  return { extents, sectors };
}

/** Hands out runs of clusters in order and remembers the chains. */
class Allocation {
  next = rootCluster;
  readonly #chains: { first: number; count: number }[] = [];

  take(bytes: number): number {
    const count = Math.max(1, Math.ceil(bytes / sectorBytes));
    const first = this.next;
    this.#chains.push({ first, count });
    this.next += count;
    return first;
  }

  table(): Buffer {
    const table = Buffer.alloc(Math.ceil((this.next * 4) / sectorBytes) * sectorBytes);
    table.writeUInt32LE(0x0fff_fff8, 0);
    table.writeUInt32LE(endOfChain, 4);
    for (const { first, count } of this.#chains) {
      for (let i = first; i < first + count; i++) {
        table.writeUInt32LE(i === first + count - 1 ? endOfChain : i + 1, i * 4);
      }
    }
    return table;
  }
}

/** A folder takes one cluster: room for 14 names beside its two links. */
function newFolder(allocation: Allocation, parent: number): Folder {
  const cluster = allocation.take(sectorBytes);
  return { cluster, clusters: 1, parent, entries: [], children: new Map() };
}

function childOf(folder: Folder, name: string, allocation: Allocation): Folder {
  const known = folder.children.get(name);
  if (known !== undefined) return known;
  const parent = folder.cluster === rootCluster ? 0 : folder.cluster;
  const child = newFolder(allocation, parent);
  child.entries.push(entry(dots(1), attributes.directory, child.cluster, 0));
  child.entries.push(entry(dots(2), attributes.directory, parent, 0));
  folder.children.set(name, child);
  folder.entries.push(entry(shortName(name), attributes.directory, child.cluster, 0));
  return child;
}

const dots = (count: number) => ({ bytes: Buffer.from(".".repeat(count).padEnd(11)), lower: 0 });

function collectFolders(folder: Folder, data: { cluster: number; bytes: Uint8Array }[]): void {
  const bytes = Buffer.concat(folder.entries);
  if (bytes.length > sectorBytes) {
    throw new ImageError("too_large", "a folder of the image holds more than 14 names");
  }
  data.push({ cluster: folder.cluster, bytes });
  for (const child of folder.children.values()) collectFolders(child, data);
}

function entry(
  name: { bytes: Uint8Array; lower: number },
  attribute: number,
  cluster: number,
  size: number,
): Buffer {
  const bytes = Buffer.alloc(entryBytes);
  bytes.set(name.bytes, 0);
  bytes[11] = attribute;
  bytes[12] = name.lower;
  bytes.writeUInt16LE(date, 16);
  bytes.writeUInt16LE(date, 18);
  bytes.writeUInt16LE(cluster >>> 16, 20);
  bytes.writeUInt16LE(date, 24);
  bytes.writeUInt16LE(cluster & 0xffff, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

/** The smallest volume, not below the minimum, whose data area holds the clusters in use. */
function geometry(nextCluster: number, minimumSectors: number) {
  const clusters = Math.max(nextCluster - rootCluster, minimumClusters + 16);
  const fatFor = (count: number) => Math.ceil(((count + rootCluster) * 4) / sectorBytes);
  let sectors = Math.max(reservedSectors + clusters, minimumSectors);
  // The table has an entry for every sector, a little more than needed, which the format allows.
  while (sectors - reservedSectors - fats * fatFor(sectors) < clusters) {
    sectors = clusters + reservedSectors + fats * fatFor(sectors);
  }
  return { sectors, fatSectors: fatFor(sectors) };
}

function bootSector(sectors: number, fatSectors: number, hiddenSectors: number): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  bytes.set([0xeb, 0x58, 0x90], 0);
  bytes.write("LEIVOS  ", 3, "ascii");
  bytes.writeUInt16LE(sectorBytes, 11);
  bytes[13] = 1;
  bytes.writeUInt16LE(reservedSectors, 14);
  bytes[16] = fats;
  bytes[21] = 0xf8;
  bytes.writeUInt16LE(63, 24);
  bytes.writeUInt16LE(255, 26);
  bytes.writeUInt32LE(hiddenSectors, 28);
  bytes.writeUInt32LE(sectors, 32);
  bytes.writeUInt32LE(fatSectors, 36);
  bytes.writeUInt32LE(rootCluster, 44);
  bytes.writeUInt16LE(1, 48);
  bytes.writeUInt16LE(6, 50);
  bytes[64] = 0x80;
  bytes[66] = 0x29;
  bytes.writeUInt32LE(0x4c454956, 67);
  bytes.write("LEIVOS     ", 71, "ascii");
  bytes.write("FAT32   ", 82, "ascii");
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

function informationSector(clusters: number, nextCluster: number): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  bytes.writeUInt32LE(0x4161_5252, 0);
  bytes.writeUInt32LE(0x6141_7272, 484);
  bytes.writeUInt32LE(clusters - (nextCluster - rootCluster), 488);
  bytes.writeUInt32LE(nextCluster, 492);
  bytes.writeUInt32LE(0xaa55_0000, 508);
  return bytes;
}
