/**
 * Sections and a few numbers to the bytes of a PE32+ file.
 *
 * Invariant: the same input gives the same bytes; there is no time, path or random number in them.
 */
import { Bytes } from "./bytes.ts";
import * as pe from "./format.ts";

export interface PeSection {
  /** At most 8 ASCII letters. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes in memory: zeros follow the file's. */
  readonly memory: number;
  readonly flags: number;
}

export interface PeFile {
  readonly subsystem: number;
  readonly imageBase: number;
  readonly entry: number;
  /** In order; their addresses follow from `sectionAddresses`. */
  readonly sections: readonly PeSection[];
  /** Address and size by place of `directory`. */
  readonly directories: ReadonlyMap<number, readonly [number, number]>;
  /** Bytes reserved and committed. */
  readonly stack: readonly [number, number];
  /** Where sections may begin in the file: `FILE_ALIGN`, or `PAGE`, which makes file and image the same bytes. */
  readonly align?: number;
  readonly heap: readonly [number, number];
}

const up = (v: number, to: number): number => Math.ceil(v / to) * to;

/** Addresses of sections that have these sizes in memory. */
export function sectionAddresses(sizes: readonly number[]): number[] {
  let at = pe.PAGE;
  return sizes.map((n) => {
    const here = at;
    at += up(n, pe.PAGE);
    return here;
  });
}

/** The file. */
export function writePe(file: PeFile): Uint8Array {
  const { sections } = file;
  const addresses = sectionAddresses(sections.map((s) => s.memory));
  const last = sections.length - 1;
  const imageSize = up(addresses[last] + sections[last].memory, pe.PAGE);
  const align = file.align ?? pe.FILE_ALIGN;
  const headers = up(
    pe.dos.SIZE + 4 + pe.coff.SIZE + pe.optional.SIZE + pe.section.SIZE * sections.length,
    align,
  );
  const out = new Bytes();
  out.ascii("MZ");
  out.zeros(pe.dos.lfanew - 2);
  out.u32(pe.dos.SIZE);
  out.ascii("PE\0\0");
  out.u16(pe.MACHINE_X86_64);
  out.u16(sections.length);
  out.zeros(12);
  out.u16(pe.optional.SIZE);
  out.u16(pe.CHARACTERISTICS);
  const start = out.length;
  writeOptional(out, file, imageSize, headers);
  let fileAt = headers;
  sections.forEach((s, i) => {
    const n = up(s.bytes.length, align);
    out.ascii(s.name.padEnd(8, "\0"));
    out.u32(s.memory);
    out.u32(addresses[i]);
    out.u32(n);
    out.u32(n === 0 ? 0 : fileAt);
    out.zeros(12);
    out.u32(s.flags);
    fileAt += n;
  });
  for (const s of sections) {
    out.align(align);
    out.bytes(s.bytes);
  }
  out.align(align);
  out.patch32(start + pe.optional.checkSum, checkSum(out.done()));
  return out.done();
}

function writeOptional(out: Bytes, file: PeFile, imageSize: number, headers: number): void {
  const { sections, align = pe.FILE_ALIGN } = file;
  const sizes = (flag: number): number =>
    sections
      .filter((s) => (s.flags & flag) !== 0)
      .reduce(
        (n, s) => n + up(flag === pe.sectionFlags.zeros ? s.memory : s.bytes.length, align),
        0,
      );
  out.u16(pe.MAGIC_64);
  out.u16(0);
  out.u32(sizes(pe.sectionFlags.code));
  out.u32(sizes(pe.sectionFlags.data));
  out.u32(sizes(pe.sectionFlags.zeros));
  out.u32(file.entry);
  out.u32(pe.PAGE);
  out.u64(file.imageBase);
  out.u32(pe.PAGE);
  out.u32(align);
  // Versions of system, image and subsystem: 6.0, as tools expect, 0.0 and 6.0.
  out.u32(6);
  out.u32(0);
  out.u32(6);
  out.u32(0);
  out.u32(imageSize);
  out.u32(headers);
  out.u32(0);
  out.u16(file.subsystem);
  out.u16(pe.DLL_CHARACTERISTICS);
  for (const v of [...file.stack, ...file.heap]) out.u64(v);
  out.u32(0);
  out.u32(pe.DIRECTORIES);
  for (let i = 0; i < pe.DIRECTORIES; i++) {
    const [at, size] = file.directories.get(i) ?? [0, 0];
    out.u32(at);
    out.u32(size);
  }
}

/** The sum of 16-bit words with the carry added again, plus the length; its field counts as 0. */
export function checkSum(file: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < file.length; i += 2) {
    sum += file[i] | (file[i + 1] << 8);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum + file.length;
}
