// Pages for the tables that a remapping unit reads. Invariant: a page that is handed out is zero, and somebody's alone until it
// is given back.
import { limits } from "../../../sdk/abi/table.ts";

/** The memory behind pages. */
export interface TableView {
  get64(offset: number): number;
  set64(offset: number, value: number): void;
  fill32(offset: number, value: number, count: number): void;
  /** writes cached bytes back to memory */
  flush(offset: number, bytes: number): void;
}

/** One page: 512 entries of 8 bytes at a physical address. */
export interface TablePage {
  readonly address: number;
  get(entry: number): number;
  set(entry: number, value: number): void;
  /** entries for `count` pages that follow each other, the first of them as `value` */
  setPages(entry: number, value: number, count: number): void;
}

/** Contiguous memory that the unit can read. */
export interface TableChunk {
  readonly view: TableView;
  readonly address: number;
  readonly pages: number;
}

export class TableMemory {
  private readonly grow: () => TableChunk | undefined;
  private readonly coherent: boolean;
  private readonly free: Page[] = [];

  /** `grow` gets more memory, undefined when there is none; `coherent`: every unit looks into the processor's caches. */
  constructor(grow: () => TableChunk | undefined, coherent: boolean) {
    this.grow = grow;
    this.coherent = coherent;
  }

  /** A zeroed page; undefined when no memory is left. */
  take(): TablePage | undefined {
    if (this.free.length === 0) {
      const chunk = this.grow();
      if (chunk === undefined) return undefined;
      for (let n = chunk.pages - 1; n >= 0; n--)
        this.free.push(new Page(chunk, n * limits.PAGE_BYTES, this.coherent));
    }
    const page = this.free.pop() as Page;
    page.clear();
    return page;
  }

  /** Takes a page back which no unit reads any more. */
  give(page: TablePage): void {
    this.free.push(page as Page);
  }

  /** Pages that wait to be used. */
  get left(): number {
    return this.free.length;
  }
}

class Page implements TablePage {
  readonly address: number;
  private readonly view: TableView;
  private readonly base: number;
  private readonly coherent: boolean;

  constructor(chunk: TableChunk, base: number, coherent: boolean) {
    this.view = chunk.view;
    this.base = base;
    this.address = chunk.address + base;
    this.coherent = coherent;
  }

  get(entry: number): number {
    return this.view.get64(this.base + entry * 8);
  }

  set(entry: number, value: number): void {
    this.view.set64(this.base + entry * 8, value);
    if (!this.coherent) this.view.flush(this.base + entry * 8, 8);
  }

  setPages(entry: number, value: number, count: number): void {
    const { view } = this;
    const at = this.base + entry * 8;
    for (let n = 0; n < count; n++) view.set64(at + n * 8, value + n * limits.PAGE_BYTES);
    if (!this.coherent) view.flush(at, count * 8);
  }

  clear(): void {
    this.view.fill32(this.base, 0, limits.PAGE_BYTES / 4);
    if (!this.coherent) this.view.flush(this.base, limits.PAGE_BYTES);
  }
}
