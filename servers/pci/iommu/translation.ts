// The tables by which remapping units translate: root, contexts, and a second-level table for each domain (Intel VT-d
// specification 4.1, chapter 9). Bus addresses are physical ones: a domain says what is reachable, not where it is.
// Invariant: what is not entered is not present; an entry is written with one store, its parts before it.
import { limits } from "../../../sdk/abi/table.ts";
import type { TableMemory, TablePage } from "./table-memory.ts";

const PAGE = limits.PAGE_BYTES;
const PRESENT = 1;
const READ_WRITE = 3;
/** A context entry's bit that keeps the unit from recording faults. */
const SILENT = 2;

/** Levels of second-level tables: for 39 or 48 bits of address. */
export type Levels = 3 | 4;

/** What the devices of one domain reach. */
export interface Domain {
  readonly id: number;
  readonly top: TablePage;
  /** Every table but the top one. */
  readonly tables: TablePage[];
}

export class Translation {
  readonly root: TablePage;
  private readonly memory: TableMemory;
  private readonly levels: Levels;
  private readonly contexts: (TablePage | undefined)[] = [];
  /** Pages by their address: entries name tables by it. */
  private readonly pages: { [address: number]: TablePage } = {};

  /** `root` is a page of `memory`. */
  constructor(memory: TableMemory, root: TablePage, levels: Levels) {
    this.memory = memory;
    this.root = root;
    this.levels = levels;
  }

  /** The first address that a domain can't have. */
  get limit(): number {
    return 2 ** (this.levels * 9 + 12);
  }

  /** An empty domain; undefined when no memory is left. */
  domain(id: number): Domain | undefined {
    const top = this.memory.take();
    return top === undefined ? undefined : { id, top, tables: [] };
  }

  /** Enters [start, end) of physical memory, whole pages; false when no memory is left (what was entered stays). */
  enter(domain: Domain, start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      const table = this.lowest(domain, at);
      if (table === undefined) return false;
      const entry = index(at, 1);
      const count = Math.min(512 - entry, (end - at) / PAGE);
      table.setPages(entry, at + READ_WRITE, count);
      at += count * PAGE;
    }
    return true;
  }

  /** The table that has the entry of a page, made on the way; undefined when no memory is left. */
  private lowest(domain: Domain, at: number): TablePage | undefined {
    let table: TablePage = domain.top;
    for (let level = this.levels as number; level > 1; level--) {
      const entry = index(at, level);
      const found = table.get(entry);
      let next: TablePage | undefined = this.pages[found - READ_WRITE];
      if (next === undefined) {
        next = this.memory.take();
        if (next === undefined) return undefined;
        this.pages[next.address] = next;
        domain.tables.push(next);
        table.set(entry, next.address + READ_WRITE);
      }
      table = next;
    }
    return table;
  }

  /** Gives a function its domain; false when no memory is left. It must have none. */
  attach(bdf: number, domain: Domain, silent = false): boolean {
    const bus = bdf >> 8;
    let context = this.contexts[bus];
    if (context === undefined) {
      context = this.memory.take();
      if (context === undefined) return false;
      this.contexts[bus] = context;
      this.root.set(bus * 2, context.address + PRESENT);
    }
    const place = (bdf & 255) * 2;
    context.set(place + 1, domain.id * 256 + this.levels - 2);
    context.set(place, domain.top.address + PRESENT + (silent ? SILENT : 0));
    return true;
  }

  /** Takes a function's domain away: it reaches nothing once the units have forgotten what they know of it. */
  detach(bdf: number): void {
    const context = this.contexts[bdf >> 8];
    context?.set((bdf & 255) * 2, 0);
    context?.set((bdf & 255) * 2 + 1, 0);
  }

  /** Gives a domain's tables back, which no unit may know any more. */
  discard(domain: Domain): void {
    for (const table of domain.tables) {
      delete this.pages[table.address];
      this.memory.give(table);
    }
    domain.tables.length = 0;
    this.memory.give(domain.top);
  }
}

/** The place of an address in its table of a level, 1 the lowest. */
const index = (at: number, level: number) => Math.floor(at / 2 ** (3 + 9 * level)) % 512;
