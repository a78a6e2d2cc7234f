// A remapping unit for tests, after Intel's specification: its registers, its queue, and a walk over the tables as the device does it.
// Invariant: it believes what it has cached until it is told to forget, as a real unit may.
import type { TableChunk } from "../iommu/table-memory.ts";

const PAGE = 4096;

/** Physical memory from `base` on. */
export class ModelMemory {
  readonly base: number;
  readonly view: DataView;
  /** bytes that were written back from caches */
  flushed = 0;
  private used = 0;

  constructor(base: number, pages: number) {
    this.base = base;
    this.view = new DataView(new ArrayBuffer(pages * PAGE));
  }

  get64(address: number): number {
    return Number(this.view.getBigUint64(address - this.base, true));
  }

  /** `pages` more of it; undefined at the end. */
  chunk(pages: number): TableChunk | undefined {
    const start = this.used * PAGE;
    if (start + pages * PAGE > this.view.byteLength) return undefined;
    this.used += pages;
    const { view } = this;
    return {
      address: this.base + start,
      pages,
      view: {
        get64: (offset) => Number(view.getBigUint64(start + offset, true)),
        set64: (offset, value) => view.setBigUint64(start + offset, BigInt(value), true),
        fill32: (offset, value, count) => {
          for (let n = 0; n < count; n++) view.setUint32(start + offset + n * 4, value, true);
        },
        flush: (_offset, bytes) => {
          this.flushed += bytes;
        },
      },
    };
  }
}

/** What the unit is like. */
export interface ModelOptions {
  /** Bits 8 to 12 of its abilities: 2 for 39 bits of address, 4 for 48. */
  readonly widths: number;
  /** Whether it does what its queue says. */
  readonly deaf?: boolean;
  /** Whether it must be told to flush its write buffer. */
  readonly buffered?: boolean;
}

const FAULTS_AT = 0x220;

/** The unit; `registers` is what software sees. */
export class ModelUnit {
  /** Messages for faults that it has sent. */
  messages = 0;
  /** Invalidations of everything. */
  forgotten = 0;
  flushes = 0;
  private readonly memory: ModelMemory;
  private readonly options: ModelOptions;
  private readonly words: { [offset: number]: number } = {};
  private head = 0;
  private root = 0;
  private readonly cache = new Map<string, number>();

  constructor(memory: ModelMemory, options: ModelOptions) {
    this.memory = memory;
    this.options = options;
    this.words[0x08] =
      (options.widths << 8) | (options.buffered === true ? 16 : 0) | ((FAULTS_AT / 16) * 2 ** 24);
    this.words[0x0c] = 3 << 22;
    this.words[0x10] = 2;
    this.words[0x38] = 2 ** 31;
  }

  readonly registers = {
    get8: () => 0,
    get16: () => 0,
    get32: (offset: number) => (offset === 0x80 ? this.head : (this.words[offset] ?? 0)) >>> 0,
    set16: () => undefined,
    set32: (offset: number, value: number) => this.write(offset, value >>> 0),
  };

  get translating(): boolean {
    return (this.bits(0x1c) & (2 ** 31)) !== 0;
  }

  private bits(offset: number): number {
    return this.words[offset] ?? 0;
  }

  private long(offset: number): number {
    return this.bits(offset) + this.bits(offset + 4) * 2 ** 32;
  }

  private write(offset: number, value: number): void {
    if (offset === 0x18) {
      this.command(value);
      return;
    }
    if (offset === 0x34) {
      this.words[0x34] = this.bits(0x34) & ~(value & 0x71);
      return;
    }
    if (offset === FAULTS_AT + 12) {
      if (value >= 2 ** 31) {
        this.words[offset] = this.bits(offset) % 2 ** 31;
        this.words[0x34] = this.bits(0x34) & ~2;
      }
      return;
    }
    this.words[offset] = value;
    if (offset === 0x88 && (this.bits(0x1c) & (2 ** 26)) !== 0) this.drain();
  }

  private command(value: number): void {
    let status = this.bits(0x1c) & (2 ** 30);
    if ((value & (2 ** 30)) !== 0) {
      this.root = this.long(0x20);
      status |= 2 ** 30;
    }
    if ((value & (2 ** 27)) !== 0) this.flushes++;
    if ((value & (2 ** 26)) !== 0) {
      status |= 2 ** 26;
      if ((this.bits(0x1c) & (2 ** 26)) === 0) this.head = 0;
    }
    if (value >= 2 ** 31) status |= 2 ** 31;
    this.words[0x1c] = status >>> 0;
  }

  /** Does what the queue says. */
  private drain(): void {
    if (this.options.deaf === true) return;
    const queue = this.long(0x90);
    for (; this.head !== this.bits(0x88); this.head = (this.head + 16) % PAGE) {
      const low = this.memory.get64(queue + this.head);
      const kind = low % 16;
      if (kind === 5)
        this.memory.view.setUint32(
          this.memory.get64(queue + this.head + 8) - this.memory.base,
          Math.floor(low / 2 ** 32),
          true,
        );
      // Only the two invalidations of everything together empty the cache.
      else if (kind === 2 && Math.floor(low / 16) % 4 === 1) {
        this.cache.clear();
        this.forgotten++;
      } else if (kind !== 1) this.words[0x34] = this.bits(0x34) | 0x10;
    }
  }

  /** Where a device's access ends: a physical address, or undefined and a recorded fault. */
  access(bdf: number, address: number, write: boolean): number | undefined {
    if (!this.translating) return address;
    const key = `${bdf} ${Math.floor(address / PAGE)}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known + (address % PAGE);
    const page = this.walk(bdf, address);
    if (page < 0) {
      this.fault(bdf, address, write, -page);
      return undefined;
    }
    this.cache.set(key, page);
    return page + (address % PAGE);
  }

  /** The page's physical address, or a reason as a negative number; -256 for a fault that is not to be recorded. */
  private walk(bdf: number, address: number): number {
    const root = this.memory.get64(this.root + (bdf >> 8) * 16);
    if (root % 2 === 0) return -1;
    const at = root - (root % PAGE) + (bdf & 255) * 16;
    const [low, high] = [this.memory.get64(at), this.memory.get64(at + 8)];
    if (low % 2 === 0) return -2;
    const silent = Math.floor(low / 2) % 2 === 1;
    const levels = (high % 8) + 2;
    if (((this.options.widths >> (levels - 2)) & 1) === 0) return -3;
    if (address >= 2 ** (levels * 9 + 12)) return silent ? -256 : -4;
    let table = low - (low % PAGE);
    for (let level = levels; level > 0; level--) {
      const index = Math.floor(address / 2 ** (3 + 9 * level)) % 512;
      const entry = this.memory.get64(table + index * 8);
      if (entry % 4 !== 3) return silent ? -256 : -5;
      table = entry - (entry % PAGE);
    }
    return table;
  }

  private fault(bdf: number, address: number, write: boolean, reason: number): void {
    if (reason === 256) return;
    if (this.bits(FAULTS_AT + 12) >= 2 ** 31) {
      this.words[0x34] = this.bits(0x34) | 1;
      return;
    }
    const page = address - (address % PAGE);
    this.words[FAULTS_AT] = page % 2 ** 32;
    this.words[FAULTS_AT + 4] = Math.floor(page / 2 ** 32);
    this.words[FAULTS_AT + 8] = bdf;
    this.words[FAULTS_AT + 12] = 2 ** 31 + (write ? 0 : 2 ** 30) + reason;
    this.words[0x34] = this.bits(0x34) | 2;
    if (this.bits(0x38) < 2 ** 31) this.messages++;
  }
}
