// One remapping unit through its registers (Intel VT-d specification 4.1, chapter 11) and its queue of invalidations (6.5.2).
// Invariant: `forget` returns true only when the unit has dropped what it knew, and all writes that it had let through are done.
import { limits } from "../../../sdk/abi/table.ts";
import type { RegisterMemory } from "../config-space.ts";
import type { TablePage } from "./table-memory.ts";
import type { Levels } from "./translation.ts";

const r = {
  ABILITIES: 0x08,
  MORE_ABILITIES: 0x10,
  COMMAND: 0x18,
  STATUS: 0x1c,
  ROOT: 0x20,
  FAULTS: 0x34,
  FAULT_CONTROL: 0x38,
  FAULT_DATA: 0x3c,
  FAULT_ADDRESS: 0x40,
  FAULT_UPPER: 0x44,
  PROTECTED: 0x64,
  QUEUE_HEAD: 0x80,
  QUEUE_TAIL: 0x88,
  QUEUE: 0x90,
} as const;

const commands = { TRANSLATE: 2 ** 31, ROOT: 2 ** 30, FLUSH: 2 ** 27, QUEUE: 2 ** 26 } as const;
/** Bits of the status that a command must repeat: those that say what is on, not what was done. */
const STAYING = 0x96ff_ffff;
/** Bits of the fault status: pending, overflow, and what went wrong with the queue. */
const faultBits = { OVERFLOW: 1, PENDING: 2, QUEUE: 0x70 } as const;
const FAULT_MASKED = 2 ** 31;
/** Reads of a register or a word before a unit counts as dead. */
const PATIENCE = 100_000;
/** Entries of a queue of one page. */
const QUEUE_ENTRIES = limits.PAGE_BYTES / 16;
/** Pages of registers that are looked at. */
export const UNIT_BYTES = limits.PAGE_BYTES;

/** A transaction that was kept from memory. */
export interface UnitFault {
  readonly bdf: number;
  /** First byte of the page. */
  readonly address: number;
  readonly write: boolean;
  readonly reason: number;
}

/** What is of use of what a unit says that it can do. */
export interface UnitAbilities {
  readonly levels: Levels;
  readonly domains: number;
  /** Whether it looks into the processor's caches when it reads tables. */
  readonly coherent: boolean;
}

export class Unit {
  private readonly registers: RegisterMemory;
  private readonly abilities: number;
  private readonly abilitiesHigh: number;
  private readonly more: number;
  private queue: TablePage | undefined;
  private status: TablePage | undefined;
  private tail = 0;

  /** The first page of its registers. */
  constructor(registers: RegisterMemory) {
    this.registers = registers;
    this.abilities = registers.get32(r.ABILITIES);
    this.abilitiesHigh = registers.get32(r.ABILITIES + 4);
    this.more = registers.get32(r.MORE_ABILITIES);
  }

  /** What it can do, or why it is of no use. */
  inspect(): UnitAbilities | string {
    if (this.abilities === -1 || this.abilities === 0xffff_ffff) return "does not answer";
    if ((this.more & 2) === 0) return "has no queue of invalidations";
    const widths = (this.abilities >>> 8) & 31;
    if ((widths & 6) === 0) return "translates neither 39 nor 48 bits";
    if (this.faultRecord + 16 * this.faultRecords > UNIT_BYTES)
      return "has its fault records elsewhere";
    return {
      levels: (widths & 4) !== 0 ? 4 : 3,
      domains: 2 ** (4 + 2 * (this.abilities & 7)),
      coherent: (this.more & 1) !== 0,
    };
  }

  /** Whether it can use tables of so many levels. */
  takes(levels: Levels): boolean {
    return ((this.abilities >>> 8) & (levels === 4 ? 4 : 2)) !== 0;
  }

  private get faultRecord(): number {
    return 16 * ((this.abilities >>> 24) | ((this.abilitiesHigh & 3) << 8));
  }

  private get faultRecords(): number {
    return ((this.abilitiesHigh >>> 8) & 255) + 1;
  }

  /**
   * Translates by `root` from now on, whatever it did before. `queue` and `status` are zeroed pages of its own. False when it does
   * not do as told.
   */
  start(root: TablePage, queue: TablePage, status: TablePage): boolean {
    if (!this.switchQueue(false)) return false;
    this.queue = queue;
    this.status = status;
    this.write64(r.QUEUE, queue.address);
    this.tail = 0;
    this.write64(r.QUEUE_TAIL, 0);
    if (!this.switchQueue(true)) return false;
    this.write64(r.ROOT, root.address);
    this.command(commands.ROOT);
    if (!this.reaches(commands.ROOT, true) || !this.forget()) return false;
    this.command(commands.TRANSLATE);
    if (!this.reaches(commands.TRANSLATE, true)) return false;
    // What firmware protects by address until translation is on.
    if ((this.abilities & 0x60) !== 0) this.registers.set32(r.PROTECTED, 0);
    return true;
  }

  /** Sends a message whenever a fault was recorded. */
  tellFaults(message: { readonly address: number; readonly data: number }): void {
    const { registers } = this;
    registers.set32(r.FAULT_DATA, message.data);
    registers.set32(r.FAULT_ADDRESS, message.address % 2 ** 32);
    registers.set32(r.FAULT_UPPER, Math.floor(message.address / 2 ** 32));
    registers.set32(r.FAULT_CONTROL, (registers.get32(r.FAULT_CONTROL) & ~FAULT_MASKED) >>> 0);
  }

  /** Takes the recorded faults, oldest first as far as the unit tells. */
  faults(): UnitFault[] {
    const { registers } = this;
    const found: UnitFault[] = [];
    for (let n = 0; n < this.faultRecords; n++) {
      const at = this.faultRecord + n * 16;
      const last = registers.get32(at + 12) >>> 0;
      if (last < 2 ** 31) continue;
      const low = registers.get32(at) >>> 0;
      found.push({
        bdf: registers.get32(at + 8) & 0xffff,
        address: (registers.get32(at + 4) >>> 0) * 2 ** 32 + low - (low % limits.PAGE_BYTES),
        write: (last & (2 ** 30)) === 0,
        reason: last & 255,
      });
      registers.set32(at + 12, 2 ** 31);
    }
    if ((registers.get32(r.FAULTS) & faultBits.OVERFLOW) !== 0)
      registers.set32(r.FAULTS, faultBits.OVERFLOW);
    return found;
  }

  /** Drops every context and translation that it has kept; false when it does not say that it has. */
  forget(): boolean {
    // Old ones keep writes to tables in a buffer of their own (RWBF).
    if ((this.abilities & 16) !== 0) {
      this.command(commands.FLUSH);
      if (!this.reaches(commands.FLUSH, false)) return false;
    }
    // Reads and writes on their way are waited for where the unit offers that (DRD, DWD).
    const drain = (this.abilitiesHigh >>> 22) & 3;
    this.status?.set(0, 0);
    this.submit(0x11, 0, 0);
    this.submit(0x12 | ((drain & 2) << 6) | ((drain & 1) << 6), 0, 0);
    return this.wait();
  }

  private submit(low: number, second: number, high: number): void {
    const queue = this.queue as TablePage;
    queue.set(this.tail * 2, low + second * 2 ** 32);
    queue.set(this.tail * 2 + 1, high);
    this.tail = (this.tail + 1) % QUEUE_ENTRIES;
  }

  /** Has the unit write a word behind what was submitted, and waits for it. */
  private wait(): boolean {
    const status = this.status as TablePage;
    this.submit(0x25, 1, status.address);
    this.registers.set32(r.QUEUE_TAIL, this.tail * 16);
    for (let n = 0; n < PATIENCE; n++) {
      if (status.get(0) !== 0) return true;
      if ((this.registers.get32(r.FAULTS) & faultBits.QUEUE) !== 0) return false;
    }
    return false;
  }

  private switchQueue(on: boolean): boolean {
    const now = (this.registers.get32(r.STATUS) & commands.QUEUE) !== 0;
    // A queue that is on is a predecessor's; what it was told comes to an end by itself.
    for (let n = 0; now && !on && n < PATIENCE; n++)
      if (this.registers.get32(r.QUEUE_HEAD) === this.registers.get32(r.QUEUE_TAIL)) break;
    if (now !== on) this.command(commands.QUEUE, on);
    return this.reaches(commands.QUEUE, on);
  }

  private command(bit: number, on = true): void {
    const stays = this.registers.get32(r.STATUS) & STAYING;
    this.registers.set32(r.COMMAND, (on ? stays | bit : stays & ~bit) >>> 0);
  }

  private reaches(bit: number, on: boolean): boolean {
    for (let n = 0; n < PATIENCE; n++)
      if (((this.registers.get32(r.STATUS) & bit) !== 0) === on) return true;
    return false;
  }

  private write64(offset: number, value: number): void {
    this.registers.set32(offset, value % 2 ** 32);
    this.registers.set32(offset + 4, Math.floor(value / 2 ** 32));
  }
}
