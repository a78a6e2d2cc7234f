// Reads ELF64 executables for x86-64 (System V gABI 4, chapters 4 and 5) as flat segments.
// Invariant: every offset from the file is checked against its bounds before it is used.
import { ImageError } from "./image-error.ts";

/** One loadable segment, as it lies in memory. */
export interface ElfSegment {
  /** virtual address, a multiple of 4096 (the bytes are padded in front down to one) */
  address: bigint;
  /** bytes from the file */
  bytes: Uint8Array;
  /** size in memory: at least the bytes; what is beyond is zeros */
  memory: number;
  write: boolean;
  execute: boolean;
}

/** A function or object name with its address. */
export interface ElfSymbol {
  name: string;
  /** an unsigned 64-bit address */
  address: bigint;
  /** whether it names code */
  code: boolean;
}

/** What the image writer needs of an executable. Addresses stay 64-bit. */
export interface Elf {
  entry: bigint;
  segments: ElfSegment[];
  symbols: ElfSymbol[];
}

const pageBytes = 4096n;
const typeExecutable = 2;
const machineX8664 = 62;
const segmentLoad = 1;
const sectionSymbols = 2;
const symbolObject = 1;
const symbolFunction = 2;
const maximumSegment = 64n * 1024n * 1024n;

/**
 * Parses an executable.
 * @param file the whole file
 * @param name what to call it in errors
 * @throws ImageError not_elf, bad_elf
 */
export function parseElf(file: Uint8Array, name: string): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46) {
    throw new ImageError("not_elf", `${name} is not an ELF file; build it again`);
  }
  if (file[4] !== 2 || file[5] !== 1 || view.getUint16(18, true) !== machineX8664) {
    throw new ImageError("bad_elf", `${name} is not a 64-bit little-endian ELF file for x86-64`);
  }
  if (view.getUint16(16, true) !== typeExecutable) {
    throw new ImageError("bad_elf", `${name} is not linked at fixed addresses; link it static`);
  }
  const within = (offset: bigint, length: bigint, what: string): number => {
    if (offset > BigInt(file.length) || length > BigInt(file.length) - offset) {
      throw new ImageError("bad_elf", `${name} is cut short: its ${what} lies beyond the file`);
    }
    return Number(offset);
  };
  return {
    entry: view.getBigUint64(24, true),
    segments: readSegments(file, view, within, name),
    symbols: readSymbols(file, view, within, name),
  };
}

type Within = (offset: bigint, length: bigint, what: string) => number;

function readSegments(file: Uint8Array, view: DataView, within: Within, name: string) {
  const count = view.getUint16(56, true);
  if (count > 0 && view.getUint16(54, true) !== 56) {
    throw new ImageError("bad_elf", `${name} has program headers of an unknown size`);
  }
  const table = within(view.getBigUint64(32, true), BigInt(count) * 56n, "program header table");
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * 56;
    if (view.getUint32(at, true) !== segmentLoad) continue;
    const flags = view.getUint32(at + 4, true);
    const address = view.getBigUint64(at + 16, true);
    const fileBytes = view.getBigUint64(at + 32, true);
    const memoryBytes = view.getBigUint64(at + 40, true);
    if (memoryBytes === 0n) continue;
    if (fileBytes > memoryBytes || memoryBytes > maximumSegment) {
      throw new ImageError("bad_elf", `${name}: segment ${i} has a size that can't be right`);
    }
    const start = within(view.getBigUint64(at + 8, true), fileBytes, `segment ${i}`);
    const lead = address % pageBytes;
    const bytes = new Uint8Array(Number(lead + fileBytes));
    bytes.set(file.subarray(start, start + Number(fileBytes)), Number(lead));
    segments.push({
      address: address - lead,
      bytes,
      memory: Number(lead + memoryBytes),
      write: (flags & 2) !== 0,
      execute: (flags & 1) !== 0,
    });
  }
  if (segments.length === 0) throw new ImageError("bad_elf", `${name} has nothing to load`);
  return segments;
}

function readSymbols(file: Uint8Array, view: DataView, within: Within, name: string): ElfSymbol[] {
  const count = view.getUint16(60, true);
  if (count === 0) return [];
  if (view.getUint16(58, true) !== 64) {
    throw new ImageError("bad_elf", `${name} has section headers of an unknown size`);
  }
  const table = within(view.getBigUint64(40, true), BigInt(count) * 64n, "section header table");
  const symbols: ElfSymbol[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * 64;
    if (view.getUint32(at + 4, true) !== sectionSymbols) continue;
    const strings = view.getUint32(at + 40, true);
    if (strings >= count) throw new ImageError("bad_elf", `${name}: symbols without a name table`);
    const size = view.getBigUint64(at + 32, true);
    const start = within(view.getBigUint64(at + 24, true), size, "symbol table");
    const namesAt = table + strings * 64;
    const namesBytes = view.getBigUint64(namesAt + 32, true);
    const names = within(view.getBigUint64(namesAt + 24, true), namesBytes, "name table");
    for (let symbol = start; symbol + 24 <= start + Number(size); symbol += 24) {
      const type = file[symbol + 4]! & 15;
      if (type !== symbolFunction && type !== symbolObject && !isAssemblyLabel(view, symbol)) {
        continue;
      }
      const from = names + view.getUint32(symbol, true);
      const end = names + Number(namesBytes);
      const nul = file.indexOf(0, from);
      if (from >= end || nul < 0 || nul >= end) {
        throw new ImageError("bad_elf", `${name}: a symbol's name lies outside its name table`);
      }
      symbols.push({
        name: new TextDecoder().decode(file.subarray(from, nul)),
        address: view.getBigUint64(symbol + 8, true),
        code: type !== symbolObject,
      });
    }
  }
  return symbols;
}

/** Labels of assembly files have no type: a named global in an ordinary section counts. */
function isAssemblyLabel(view: DataView, symbol: number): boolean {
  const info = view.getUint8(symbol + 4);
  const section = view.getUint16(symbol + 6, true);
  return (info & 15) === 0 && info >> 4 === 1 && section > 0 && section < 0xff00;
}
