// The memory of a machine in QEMU as its host sees it: physical addresses, and page tables (Intel SDM volume 3, 4.5).
// Invariant: nothing here stops the machine; whoever writes page tables does that first.
import { closeSync, openSync, readdirSync, readlinkSync, readSync, writeSync } from "node:fs";
import type { Guest } from "../../qemu/guest.ts";

/** Bits of an entry. WRITE_THROUGH marks pages that the nucleus does not look into for a stack (nucleus/x86_64/trap.c, user_word). */
export const entryBits = { PRESENT: 1n, WRITABLE: 2n, WRITE_THROUGH: 8n, ACCESSED: 32n } as const;
export const NO_EXECUTE = 1n << 63n;
const LARGE = 128n;
const ADDRESS = 0x000f_ffff_ffff_f000n;
export const PAGE = 4096;
/** Where QEMU puts a module of memory that is plugged into such a small machine. */
const SPARE_AT = 2 ** 32;
const SPARE_BYTES = 128 << 20;

/** A mapped page: its address, where its entry lies (physical), and the entry. */
export interface Mapped {
  readonly address: bigint;
  readonly at: number;
  readonly entry: bigint;
}

/** Where the page lies. */
export const frameOf = ({ entry }: Mapped): number => Number(entry & ADDRESS);

function memoryFiles(pid: number): number[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .map(Number)
    .sort((a, b) => a - b)
    .filter((fd) => readlinkSync(`${folder}/${fd}`).startsWith("/memfd:memory-backend-memfd"))
    .map((fd) => openSync(`${folder}/${fd}`, "r+"));
}

export class GuestMemory {
  readonly #ram: number;
  readonly #spare: number;
  #taken = 0;

  private constructor([ram, spare]: number[]) {
    if (ram === undefined || spare === undefined)
      throw new Error("the machine was not started with `sharedMemory` and `slots=1`");
    this.#ram = ram;
    this.#spare = spare;
  }

  /**
   * Opens a machine's memory, and plugs in some that the system in it does not know of, for private copies of pages.
   * @param guest started with `sharedMemory` and a `memory` that ends in `,slots=1,maxmem=...`
   */
  static async open(guest: Guest): Promise<GuestMemory> {
    const spare = { id: "spare0", size: SPARE_BYTES, share: true };
    await guest.qmp.execute("object-add", { "qom-type": "memory-backend-memfd", ...spare });
    await guest.qmp.execute("device_add", { driver: "pc-dimm", memdev: "spare0", addr: SPARE_AT });
    return new GuestMemory(memoryFiles(guest.pid!));
  }

  close(): void {
    closeSync(this.#ram);
    closeSync(this.#spare);
  }

  read(at: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    if (at >= SPARE_AT) readSync(this.#spare, buffer, 0, bytes, at - SPARE_AT);
    else readSync(this.#ram, buffer, 0, bytes, at);
    return buffer;
  }

  write(at: number, bytes: Uint8Array): void {
    if (at >= SPARE_AT) writeSync(this.#spare, bytes, 0, bytes.length, at - SPARE_AT);
    else writeSync(this.#ram, bytes, 0, bytes.length, at);
  }

  setEntry(at: number, entry: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(entry);
    this.write(at, bytes);
  }

  flip(at: number, bit: number): void {
    const byte = this.read(at, 1);
    byte[0]! ^= 1 << bit;
    this.write(at, byte);
  }

  /** A page that nobody uses; after 32,768 of them the first comes again. */
  sparePage(): number {
    const at = SPARE_AT + this.#taken;
    this.#taken = (this.#taken + PAGE) % SPARE_BYTES;
    return at;
  }

  /** Where a virtual address lies, undefined when nothing is mapped there. `root`: where the top table lies. */
  translate(root: number, address: bigint): number | undefined {
    let table = root;
    for (let level = 3n; ; level--) {
      const slot = Number((address >> (12n + 9n * level)) & 511n);
      const entry = this.read(table + 8 * slot, 8).readBigUInt64LE();
      if ((entry & entryBits.PRESENT) === 0n) return undefined;
      if (level === 0n || (entry & LARGE) !== 0n) {
        const inside = (1n << (12n + 9n * level)) - 1n;
        return Number((entry & ADDRESS & ~inside) + (address & inside));
      }
      table = Number(entry & ADDRESS);
    }
  }

  /** The pages that a process has mapped, by address. */
  pages(root: number): Mapped[] {
    const all: Mapped[] = [];
    const walk = (table: number, level: bigint, base: bigint, slots: number): void => {
      const entries = this.read(table, PAGE);
      for (let slot = 0; slot < slots; slot++) {
        const entry = entries.readBigUInt64LE(8 * slot);
        if ((entry & entryBits.PRESENT) === 0n) continue;
        const address = base + (BigInt(slot) << (12n + 9n * level));
        if (level === 0n) all.push({ address, at: table + 8 * slot, entry });
        else walk(Number(entry & ADDRESS), level - 1n, address, 512);
      }
    };
    walk(root, 3n, 0n, 256);
    return all;
  }
}
