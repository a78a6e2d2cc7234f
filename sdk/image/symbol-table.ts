// The object `nucleus.symbols`, which a panic report searches for names (docs/boot-image.md).
// Invariant: sorted by address, one name an address, and only code.
import { type BootObject, objectKinds } from "./boot-image.ts";
import { parseElf } from "./elf.ts";
import { ImageError } from "./image-error.ts";

/** Where the nucleus is linked: symbol addresses are stored relative to it. */
const nucleusBase = 0xffff_ffff_8000_0000n;

/**
 * Collects the names of all code in the nucleus.
 * @param file the nucleus as an ELF64 executable that is not stripped
 * @throws ImageError not_elf, bad_elf
 */
export function symbolTable(file: Uint8Array): BootObject {
  const byAddress = new Map<number, string>();
  for (const { name, address, code } of parseElf(file, "nucleus").symbols) {
    const offset = address - nucleusBase;
    if (!code || name === "" || offset < 0n || offset > 0xffff_ffffn) continue;
    // A function and a local label may share an address: the first name by alphabet is stable.
    const known = byAddress.get(Number(offset));
    if (known === undefined || name < known) byAddress.set(Number(offset), name);
  }
  if (byAddress.size === 0) {
    throw new ImageError("bad_elf", "the nucleus has no symbols; link it without stripping");
  }
  const sorted = [...byAddress].sort(([a], [b]) => a - b);
  const names = Buffer.from(sorted.map(([, name]) => `${name}\0`).join(""));
  const bytes = Buffer.alloc(8 + sorted.length * 8 + names.length);
  bytes.writeUInt32LE(sorted.length, 0);
  bytes.writeUInt32LE(names.length, 4);
  let nameOffset = 0;
  sorted.forEach(([offset, name], i) => {
    bytes.writeUInt32LE(offset, 8 + i * 8);
    bytes.writeUInt32LE(nameOffset, 12 + i * 8);
    nameOffset += Buffer.byteLength(name) + 1;
  });
  names.copy(bytes, 8 + sorted.length * 8);
  return { name: "nucleus.symbols", kind: objectKinds.symbols, bytes };
}
