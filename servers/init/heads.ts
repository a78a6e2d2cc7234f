// Memory of a server that init has too, so that it outlives the server: the heads of the last messages of its channels, which its engine notes
// (sdk/runtime/recorder-page.ts). It grows with the channels. Invariant: what it holds is the server's word and may be anything; reading it is
// bounded and gives numbers only.
import { protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { FIRST_RINGS, RECORDER, recorderPage, ringsFor } from "../../sdk/runtime/recorder-page.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";

const BOTH = protections.READ | protections.WRITE;
const RING_BYTES = recorderPage.ENTRIES * recorderPage.ENTRY;

export class Heads {
  /** the page and its first rings, then what was added */
  readonly #parts: Memory[];

  private constructor(parts: Memory[]) {
    this.#parts = parts;
  }

  /** Of those handles, which it owns from now on; undefined of none. */
  static of(numbers: readonly number[]): Heads | undefined {
    return numbers.length === 0 ? undefined : new Heads(numbers.map((each) => new Memory(each)));
  }

  /** For a new process, mapped there; undefined when there is no room for it. */
  static create(process: Process): Heads | undefined {
    const size = recorderPage.BYTES + FIRST_RINGS * RING_BYTES;
    const memory = give(process, RECORDER, size);
    if (memory === undefined) return undefined;
    const heads = new Heads([memory]);
    if (heads.#setRings(FIRST_RINGS)) return heads;
    heads.close();
    return undefined;
  }

  /** Handles of its memory. */
  get numbers(): readonly HandleNumber[] {
    return this.#parts.map(({ number }) => number as HandleNumber);
  }

  /** Rings that there are. */
  get rings(): number {
    let rings = FIRST_RINGS;
    for (let part = 1; part < this.#parts.length; part++) rings = ringsFor(rings + 1, 0);
    return rings;
  }

  /** Makes room for the heads of that many slots of the process's loop; whether it has become more. */
  grow(process: Process, slots: number): boolean {
    let grown = false;
    for (let rings = this.rings; ringsFor(rings, slots) > rings; rings = this.rings) {
      const more = ringsFor(rings + 1, 0);
      const at = RECORDER + recorderPage.BYTES + rings * RING_BYTES;
      const memory = give(process, at, (more - rings) * RING_BYTES);
      if (memory === undefined) break;
      this.#parts.push(memory);
      grown = true;
      this.#setRings(more);
    }
    return grown;
  }

  #setRings(rings: number): boolean {
    const page = this.#parts[0]!.map(BOTH, 0, recorderPage.BYTES);
    if (page instanceof Failure) return false;
    page.set32(recorderPage.RINGS, rings);
    page.close();
    return true;
  }

  /** What `use` makes of the page, and of each ring's memory by its number; undefined when it can't be mapped. */
  read<T>(use: (page: SharedView, ring: (place: number) => RingView) => T): T | undefined {
    const views: (SharedView | Failure)[] = [];
    const part = (index: number) => (views[index] ??= this.#parts[index]!.map(protections.READ));
    const page = part(0);
    try {
      return page instanceof Failure ? undefined : use(page, (place) => this.#ring(place, part));
    } finally {
      for (const view of views) if (view instanceof Failure === false) view?.close();
    }
  }

  #ring(place: number, part: (index: number) => SharedView | Failure): RingView {
    let index = 0;
    let first = 0;
    for (let rings = FIRST_RINGS; place >= rings; rings = ringsFor(rings + 1, 0), index++)
      first = rings;
    const view = part(index);
    const offset = (index === 0 ? recorderPage.BYTES : 0) + (place - first) * RING_BYTES;
    return view instanceof Failure ? undefined : { view, offset };
  }

  close(): void {
    for (const each of this.#parts) each.close();
    this.#parts.length = 0;
  }
}

/** Where a ring lies; undefined when it can't be mapped. */
export type RingView = { readonly view: SharedView; readonly offset: number } | undefined;

function give(process: Process, at: number, bytes: number): Memory | undefined {
  const memory = Memory.create(bytes);
  if (memory instanceof Failure) return undefined;
  if (!(process.map(memory, at, 0, bytes, BOTH) instanceof Failure)) return memory;
  memory.close();
  return undefined;
}
