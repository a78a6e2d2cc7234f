// Turns a linked executable into the boot image's objects NAME.text, NAME.rodata, NAME.data.
// Invariant: no object is both writable and executable, and all lie on whole pages of their own.
import { type BootObject, objectKinds } from "./boot-image.ts";
import { type ElfSegment, parseElf } from "./elf.ts";
import { ImageError } from "./image-error.ts";

const pageBytes = 4096n;
type Protection = "text" | "rodata" | "data";

function protectionOf(segment: ElfSegment, name: string): Protection {
  if (segment.write && segment.execute) {
    throw new ImageError("bad_elf", `${name} has a segment that is writable and executable`);
  }
  if (segment.execute) return "text";
  return segment.write ? "data" : "rodata";
}

/** Joins segments of one protection into one run of bytes; gaps become zeros. */
function join(segments: ElfSegment[], what: string): ElfSegment {
  const [first, ...rest] = segments.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  let joined = first!;
  for (const next of rest) {
    const gap = Number(next.address - joined.address);
    if (gap < joined.memory) throw new ImageError("bad_elf", `${what}: two segments overlap`);
    if (gap - joined.memory > 1 << 20) {
      throw new ImageError("bad_elf", `${what} has a hole; place its sections next to each other`);
    }
    const bytes = new Uint8Array(gap + next.bytes.length);
    bytes.set(joined.bytes);
    bytes.set(next.bytes, gap);
    joined = { ...joined, bytes, memory: gap + next.memory };
  }
  return joined;
}

/**
 * The three objects of an executable, in the table's order.
 * @param file an ELF64 executable
 * @param name `nucleus` or `engine`
 * @throws ImageError not_elf, bad_elf
 */
export function executableObjects(file: Uint8Array, name: "nucleus" | "engine"): BootObject[] {
  const elf = parseElf(file, name);
  const parts: Record<Protection, ElfSegment[]> = { text: [], rodata: [], data: [] };
  for (const segment of elf.segments) parts[protectionOf(segment, name)].push(segment);
  const objects: BootObject[] = [];
  for (const protection of ["text", "rodata", "data"] as const) {
    const what = `${name}.${protection}`;
    if (parts[protection].length === 0) {
      throw new ImageError("bad_elf", `${name} has no segment for ${what}`);
    }
    const { address, bytes, memory } = join(parts[protection], what);
    const entry = protection === "text" ? elf.entry : 0n;
    objects.push({ name: what, kind: objectKinds[name], bytes, memory, address, entry });
  }
  const text = objects[0]!;
  if (elf.entry < text.address! || elf.entry >= text.address! + BigInt(text.memory!)) {
    throw new ImageError("bad_elf", `${name}'s entry point lies outside its code`);
  }
  checkApart(objects, name);
  return objects;
}

function checkApart(objects: BootObject[], name: string): void {
  const sorted = objects.toSorted((a, b) => (a.address! < b.address! ? -1 : 1));
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    const end = before.address! + BigInt(before.memory!);
    const pages = ((end + pageBytes - 1n) / pageBytes) * pageBytes;
    if (pages > sorted[i]!.address!) {
      throw new ImageError(
        "bad_elf",
        `${name}: ${before.name} shares a page with ${sorted[i]!.name}; align its sections to 4096`,
      );
    }
  }
}
