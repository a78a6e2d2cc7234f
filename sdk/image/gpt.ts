// A GUID partition table with one EFI system partition (UEFI 2.10, chapter 5).
// Invariant: the same arguments give the same bytes; both copies of the table agree.
import { crc32 } from "./crc32.ts";
import type { Extent } from "./extent.ts";

export const sectorBytes = 512;
const tableEntries = 128;
const entryBytes = 128;
const tableSectors = (tableEntries * entryBytes) / sectorBytes;
/** Partitions start on a whole MiB, as partitioning tools do it. */
const alignment = (1 << 20) / sectorBytes;
const efiSystemPartition = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";

/** What of the disk is fixed once for all images: random identifiers would change the bytes. */
const identifiers = {
  disk: "6C656976-6F73-4D69-9E00-000000000001",
  partition: "6C656976-6F73-4D69-9E00-000000000002",
};

/** Where a partition lies, in sectors of 512 bytes. */
export interface Layout {
  first: number;
  sectors: number;
  diskSectors: number;
}

/**
 * The layout of a disk with one partition.
 * @param sectors size of the partition in sectors
 */
export function layout(sectors: number): Layout {
  const end = Math.ceil((alignment + sectors + tableSectors + 1) / alignment) * alignment;
  return { first: alignment, sectors, diskSectors: end };
}

/** Bytes of a GUID: the first three fields are little-endian, the rest as written. */
export function guidBytes(text: string): Uint8Array {
  const hex = text.replaceAll("-", "");
  const bytes = Buffer.from(hex, "hex");
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

function protectiveMbr(diskSectors: number): Uint8Array {
  const mbr = Buffer.alloc(sectorBytes);
  const record = 446;
  mbr.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], record);
  mbr.writeUInt32LE(1, record + 8);
  mbr.writeUInt32LE(Math.min(diskSectors - 1, 0xffff_ffff), record + 12);
  mbr.set([0x55, 0xaa], 510);
  return mbr;
}

function partitionTable({ first, sectors }: Layout): Uint8Array {
  const table = Buffer.alloc(tableEntries * entryBytes);
  table.set(guidBytes(efiSystemPartition), 0);
  table.set(guidBytes(identifiers.partition), 16);
  table.writeBigUInt64LE(BigInt(first), 32);
  table.writeBigUInt64LE(BigInt(first + sectors - 1), 40);
  table.write("LeivOS", 56, "utf16le");
  return table;
}

function header(disk: Layout, table: Uint8Array, backup: boolean): Uint8Array {
  const last = disk.diskSectors - 1;
  const bytes = Buffer.alloc(sectorBytes);
  bytes.write("EFI PART", 0, "ascii");
  bytes.writeUInt32LE(0x0001_0000, 8);
  bytes.writeUInt32LE(92, 12);
  bytes.writeBigUInt64LE(BigInt(backup ? last : 1), 24);
  bytes.writeBigUInt64LE(BigInt(backup ? 1 : last), 32);
  bytes.writeBigUInt64LE(BigInt(2 + tableSectors), 40);
  bytes.writeBigUInt64LE(BigInt(last - tableSectors - 1), 48);
  bytes.set(guidBytes(identifiers.disk), 56);
  bytes.writeBigUInt64LE(BigInt(backup ? last - tableSectors : 2), 72);
  bytes.writeUInt32LE(tableEntries, 80);
  bytes.writeUInt32LE(entryBytes, 84);
  bytes.writeUInt32LE(crc32(table), 88);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16);
  return bytes;
}

/** The partition table's bytes: boot record, header and table, and their backup at the end. */
export function gpt(disk: Layout): Extent[] {
  const table = partitionTable(disk);
  const last = disk.diskSectors - 1;
  return [
    { offset: 0, bytes: protectiveMbr(disk.diskSectors) },
    { offset: sectorBytes, bytes: header(disk, table, false) },
    { offset: 2 * sectorBytes, bytes: table },
    { offset: (last - tableSectors) * sectorBytes, bytes: table },
    { offset: last * sectorBytes, bytes: header(disk, table, true) },
  ];
}
