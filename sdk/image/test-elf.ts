// Builds small ELF64 executables for tests, field by field, so that each can be made wrong.

/** A segment to place: flags are 1 execute, 2 write, 4 read. */
export interface TestSegment {
  address: bigint;
  bytes: Uint8Array;
  memory?: number;
  flags: number;
}

/** A symbol: type 0 none, 1 object, 2 function; all are global. */
export interface TestSymbol {
  name: string;
  address: bigint;
  type: number;
}

/** An executable with one program header a segment and, with symbols, two sections and a null. */
export function testElf(entry: bigint, segments: TestSegment[], symbols: TestSymbol[] = []) {
  let size = 64 + segments.length * 56;
  const starts = segments.map(({ bytes }) => {
    const at = size;
    size += bytes.length;
    return at;
  });
  const names = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join("")}`);
  const symbolsAt = size;
  const namesAt = symbolsAt + symbols.length * 24;
  const sectionsAt = namesAt + names.length;
  const file = Buffer.alloc(symbols.length > 0 ? sectionsAt + 3 * 64 : size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(entry, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(segments.length, 56);
  segments.forEach(({ address, bytes, memory, flags }, i) => {
    const at = 64 + i * 56;
    file.writeUInt32LE(1, at);
    file.writeUInt32LE(flags, at + 4);
    file.writeBigUInt64LE(BigInt(starts[i]!), at + 8);
    file.writeBigUInt64LE(address, at + 16);
    file.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    file.writeBigUInt64LE(BigInt(memory ?? bytes.length), at + 40);
    file.set(bytes, starts[i]!);
  });
  if (symbols.length === 0) return file;
  file.writeBigUInt64LE(BigInt(sectionsAt), 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  let name = 1;
  symbols.forEach((symbol, i) => {
    const at = symbolsAt + i * 24;
    file.writeUInt32LE(name, at);
    file[at + 4] = (1 << 4) | symbol.type;
    file.writeUInt16LE(1, at + 6);
    file.writeBigUInt64LE(symbol.address, at + 8);
    name += symbol.name.length + 1;
  });
  file.set(names, namesAt);
  const section = (index: number, type: number, offset: number, bytes: number, link: number) => {
    const at = sectionsAt + index * 64;
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(bytes), at + 32);
    file.writeUInt32LE(link, at + 40);
  };
  section(1, 2, symbolsAt, symbols.length * 24, 2);
  section(2, 3, namesAt, names.length, 0);
  return file;
}

/** A nucleus of three segments with bss, and two functions. */
export function testNucleus() {
  const base = 0xffff_ffff_8000_0000n;
  return testElf(
    base + 0x10n,
    [
      { address: base, bytes: Buffer.alloc(100, 0x90), flags: 5 },
      { address: base + 0x1000n, bytes: Buffer.alloc(50, 1), flags: 4 },
      { address: base + 0x2000n, bytes: Buffer.alloc(30, 2), memory: 9000, flags: 6 },
    ],
    [
      { name: "start", address: base + 0x10n, type: 2 },
      { name: "counter", address: base + 0x2000n, type: 1 },
      { name: "entry_stub", address: base + 0x40n, type: 0 },
    ],
  );
}
