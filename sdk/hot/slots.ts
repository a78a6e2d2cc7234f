// Memory in which the last whole record of some bytes survives the end of its writer at any moment: two slots, each with a base and records
// behind it that say what has changed since. Invariant: what is read is what was counted last; everything before the one store that
// counts it leaves that as it is. So a record is written behind the end of what counts, and a base into the slot that does not count.
import type { MemoryView } from "../runtime/shared-view.ts";

/** Of a slot: its sequence number, 0 while its base is written, and the bytes in use behind these two words. */
const HEAD = 8;
/** Before each record: its length. */
const LENGTH = 4;

/** What is written and does not count yet. */
export interface Written {
  /** the word whose store makes it count, and its value */
  readonly at: number;
  readonly value: number;
  /** the slot that it is in, and its end there */
  readonly slot: number;
  readonly end: number;
  /** how many were counted before it was written */
  readonly after: number;
}

/** Bytes of one slot in a memory of that size. */
const half = (bytes: number) => Math.floor(bytes / 2) & ~7;

export class Slots {
  readonly #view: MemoryView;
  readonly #half: number;
  #slot: number;
  #sequence: number;
  #end: number;
  #counted = 0;

  constructor(view: MemoryView) {
    this.#view = view;
    this.#half = half(view.length);
    const [first, second] = [view.get32(0), view.get32(this.#half)];
    this.#slot = first >= second ? 0 : this.#half;
    this.#sequence = Math.max(first, second);
    this.#end = view.get32(this.#slot + 4);
  }

  /** Bytes of the memory for a base, and records, of `bytes`. */
  static bytesFor(bytes: number): number {
    return 2 * Math.ceil((HEAD + LENGTH + bytes) / 8) * 8;
  }

  /** Bytes that one base can have. */
  get room(): number {
    return this.#half - HEAD - LENGTH;
  }

  /** Whether something counts. */
  get holds(): boolean {
    return this.#sequence > 0;
  }

  /** The base and what was added to it, in that order; nothing when nothing counts. */
  read(): Uint8Array[] {
    const records: Uint8Array[] = [];
    if (!this.holds) return records;
    const end = Math.min(this.#end, this.#half - HEAD);
    for (let at = 0; at + LENGTH <= end; ) {
      const length = this.#view.get32(this.#slot + HEAD + at);
      at += LENGTH;
      const bytes = new Uint8Array(Math.min(length, end - at));
      this.#view.copyOut(this.#slot + HEAD + at, bytes, 0, bytes.length);
      records.push(bytes);
      at += padded(bytes.length);
    }
    return records;
  }

  /** A new base, into the slot that does not count; undefined when it does not fit. */
  base(bytes: Uint8Array): Written | undefined {
    if (bytes.length > this.room) return undefined;
    const slot = this.#slot === 0 && this.#sequence > 0 ? this.#half : 0;
    this.#view.set32(slot, 0);
    const end = this.#put(slot, 0, bytes);
    this.#view.set32(slot + 4, end);
    return { at: slot, value: this.#sequence + 1, slot, end, after: this.#counted };
  }

  /** A record behind what counts; undefined when there is no base yet or it does not fit. */
  record(bytes: Uint8Array): Written | undefined {
    if (!this.holds || this.#end + LENGTH + padded(bytes.length) > this.#half - HEAD)
      return undefined;
    const slot = this.#slot;
    const end = this.#put(slot, this.#end, bytes);
    return { at: slot + 4, value: end, slot, end, after: this.#counted };
  }

  /** Makes it count, with one store; false when another was counted since, and nothing is done. */
  count({ at, value, slot, end, after }: Written): boolean {
    if (after !== this.#counted) return false;
    this.#view.set32(at, value);
    this.#counted += 1;
    if (at === slot) this.#sequence = value;
    this.#slot = slot;
    this.#end = end;
    return true;
  }

  #put(slot: number, at: number, bytes: Uint8Array): number {
    this.#view.set32(slot + HEAD + at, bytes.length);
    this.#view.copyIn(slot + HEAD + at + LENGTH, bytes, 0, bytes.length);
    return at + LENGTH + padded(bytes.length);
  }
}

/** Records begin at words. */
const padded = (bytes: number) => (bytes + 3) & ~3;
