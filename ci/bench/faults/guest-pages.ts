// Faults in the pages of a process of a machine in QEMU. Invariant: only the victim sees them: a page that it shares is copied first, and its
// own page table alone points to the copy. The machine must stand still meanwhile.
import { readFileSync } from "node:fs";
import { addresses } from "../../../sdk/abi/table.ts";
import { bytecodePath } from "../../../sdk/cli/steps/servers.ts";
import {
  entryBits,
  frameOf,
  type GuestMemory,
  type Mapped,
  NO_EXECUTE,
  PAGE,
} from "./guest-memory.ts";
import { FLIPS, type Random } from "./injection.ts";

const HEAP = BigInt(addresses.HEAP);
const HEAP_END = BigInt(addresses.SHARED);

const isText = ({ entry }: Mapped) => (entry & NO_EXECUTE) === 0n;
const isHeap = ({ address, entry }: Mapped) =>
  address >= HEAP && address < HEAP_END && (entry & entryBits.WRITABLE) !== 0n;

/** From now on the process's pages tell whether they were used. */
export function forgetUse(memory: GuestMemory, root: number): void {
  for (const { at, entry } of memory.pages(root)) memory.setEntry(at, entry & ~entryBits.ACCESSED);
}

/** Addresses of the pages that were used since. */
export function usedPages(memory: GuestMemory, root: number): Set<bigint> {
  const used = memory.pages(root).filter(({ entry }) => (entry & entryBits.ACCESSED) !== 0n);
  return new Set(used.map(({ address }) => address));
}

/** The process can't run another instruction, wherever it is. */
export function takeText(memory: GuestMemory, root: number): boolean {
  for (const page of memory.pages(root).filter(isText))
    memory.setEntry(page.at, page.entry & ~entryBits.PRESENT);
  return true;
}

/** Flips bits of the used pages of the engine's code, in copies that only this process has. */
export function flipText(
  memory: GuestMemory,
  root: number,
  used: ReadonlySet<bigint>,
  random: Random,
): boolean {
  const pages = memory.pages(root).filter((page) => isText(page) && used.has(page.address));
  if (pages.length === 0) return false;
  const copies = new Map<Mapped, number>();
  for (let i = 0; i < FLIPS; i++) {
    const page = pages[random(pages.length)]!;
    let copy = copies.get(page);
    if (copy === undefined) {
      copy = memory.sparePage();
      memory.write(copy, memory.read(frameOf(page), PAGE));
      copies.set(page, copy);
      const moved = page.entry - BigInt(frameOf(page)) + BigInt(copy);
      memory.setEntry(page.at, moved | entryBits.WRITE_THROUGH);
    }
    memory.flip(copy + random(PAGE), random(8));
  }
  return true;
}

/** Flips bits of the used pages of the heap. */
export function flipHeap(
  memory: GuestMemory,
  root: number,
  used: ReadonlySet<bigint>,
  random: Random,
): boolean {
  const pages = memory.pages(root).filter((page) => isHeap(page) && used.has(page.address));
  if (pages.length === 0) return false;
  for (let i = 0; i < FLIPS; i++)
    memory.flip(frameOf(pages[random(pages.length)]!) + random(PAGE), random(8));
  return true;
}

/** Bytes that are looked at as one: of the bundle's bytecode hardly any run of so many is found elsewhere. */
const WINDOW = 6;
/** Where a run's first four bytes, mixed, have a mark: most places are known to be no bytecode by that alone. */
const MARKS = 2 ** 20;
const markOf = (first: number) => Math.imul(first, 0x9e3779b1) >>> 12;

interface Runs {
  readonly runs: ReadonlySet<number>;
  readonly marks: Uint8Array;
}

const bundles = new Map<string, Runs>();

function isPrintable(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + WINDOW; i++) if (bytes[i]! < 32 || bytes[i]! > 126) return false;
  return true;
}

/** All runs of a server's bytecode but its texts. */
function runsOf(server: string): Runs {
  const known = bundles.get(server);
  if (known !== undefined) return known;
  const bytes = readFileSync(bytecodePath(server));
  const runs = new Set<number>();
  for (let i = 0; i + WINDOW <= bytes.length; i++)
    if (!isPrintable(bytes, i)) runs.add(bytes.readUIntLE(i, WINDOW));
  for (const byte of [0, 255]) runs.delete(Buffer.alloc(WINDOW, byte).readUIntLE(0, WINDOW));
  const marks = new Uint8Array(MARKS);
  for (const run of runs) marks[markOf(run % 2 ** 32)] = 1;
  bundles.set(server, { runs, marks });
  return { runs, marks };
}

/** Flips bits of the bytecode in the used pages of the heap, which is found by its likeness to the bundle. */
export function flipBytecode(
  memory: GuestMemory,
  root: number,
  used: ReadonlySet<bigint>,
  server: string,
  random: Random,
): boolean {
  const { runs, marks } = runsOf(server);
  const places: number[] = [];
  for (const page of memory.pages(root)) {
    if (!isHeap(page) || !used.has(page.address)) continue;
    const bytes = memory.read(frameOf(page), PAGE);
    for (let i = 0; i + WINDOW <= PAGE; i++)
      if (marks[markOf(bytes.readUInt32LE(i))] === 1 && runs.has(bytes.readUIntLE(i, WINDOW)))
        places.push(frameOf(page) + i);
  }
  if (places.length === 0) return false;
  for (let i = 0; i < FLIPS; i++) memory.flip(places[random(places.length)]!, random(8));
  return true;
}
