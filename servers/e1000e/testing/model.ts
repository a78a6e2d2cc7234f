// A model of the 82574's rings and registers, as its datasheet says them, for tests of the driver on Node.
import type { MemoryView } from "../../../sdk/runtime/shared-view.ts";
import { ArrayMemory } from "../../../sdk/virtio/testing/array-memory.ts";
import type { CardParts } from "../card.ts";
import { POOL_BYTES, RING_BYTES } from "../start-card.ts";

const BUS = 0x4_0000_0000;
const RECEIVE = 1 << 20;
const SENT = 1 << 22;
const LINK = (1 << 2) | (1 << 24);

export class Model {
  readonly memory = new ArrayMemory(new Uint8Array(RING_BYTES + POOL_BYTES));
  readonly rings = this.#shared(0, RING_BYTES);
  readonly pool = this.#shared(RING_BYTES, POOL_BYTES);
  readonly order = () => {};
  readonly sent: Uint8Array[] = [];
  /** vectors of the messages that were sent */
  readonly messages: number[] = [];
  readonly words = new Map<number, number>();
  /** whether sending stands still */
  stuck = false;
  resets = 0;
  #mask = 0;
  #cause = 0;
  readonly #mac: number[];

  constructor(mac = [0x52, 0x54, 0, 0x12, 0x34, 0x57]) {
    this.#mac = mac;
    this.words.set(0x0008, 2);
    this.#store();
  }

  #shared(at: number, bytes: number): CardParts["pool"] & { readonly memory: ArrayMemory } {
    const memory = new ArrayMemory(this.memory.bytes.subarray(at, at + bytes));
    return { memory, bytes: memory.bytes, busAddress: BUS + at };
  }

  #store(): void {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = this.#mac;
    this.words.set(0x5400, (a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
    this.words.set(0x5404, (e | (f << 8) | (1 << 31)) >>> 0);
  }

  #word(at: number): number {
    return this.words.get(at) ?? 0;
  }

  #ring(base: number): number {
    const at = this.#word(base) + this.#word(base + 4) * 2 ** 32 - BUS;
    if (at < 0 || at + this.#word(base + 8) > this.memory.length) throw new RangeError("ring");
    return at;
  }

  #place(entry: number, bytes: number): number {
    const at = this.memory.get64(entry) - BUS;
    if (at < 0 || at + bytes > this.memory.length) throw new RangeError(`buffer at ${at}`);
    return at;
  }

  #raise(cause: number): void {
    this.#cause |= cause;
    this.#interrupt();
  }

  #interrupt(): void {
    const due = this.#cause & this.#mask;
    const ivar = this.#word(0xe4);
    for (const [cause, shift] of [
      [RECEIVE, 0],
      [SENT, 8],
    ] as const) {
      if ((due & cause) === 0 || ((ivar >>> shift) & 8) === 0) continue;
      this.messages.push((ivar >>> shift) & 7);
      // EIAC: cause and mask clear themselves.
      this.#cause &= ~(cause & this.#word(0xdc));
      this.#mask &= ~(cause & this.#word(0xdc));
    }
    if ((due & LINK) !== 0 && (ivar & (8 << 16)) !== 0) this.messages.push((ivar >>> 16) & 7);
  }

  /** A frame from the wire; false when there was no room. A long one takes several buffers. */
  receive(frame: Uint8Array, errors = 0, status = 0): boolean {
    if ((this.#word(0x100) & 2) === 0) return false;
    const size = this.#word(0x2808) / 16;
    for (let from = 0; from < frame.length; from += 2048) {
      const head = this.#word(0x2810);
      if (head === this.#word(0x2818)) return false;
      const entry = this.#ring(0x2800) + head * 16;
      const part = frame.subarray(from, from + 2048);
      this.memory.copyIn(this.#place(entry, 2048), part, 0, part.length);
      this.memory.set16(entry + 8, part.length);
      this.memory.set8(entry + 13, errors);
      this.memory.set8(entry + 12, (from + 2048 >= frame.length ? 3 : 1) | status);
      this.words.set(0x2810, (head + 1) % size);
    }
    this.#raise(RECEIVE);
    return true;
  }

  setLink(up: boolean): void {
    this.words.set(0x0008, up ? 2 : 0);
    this.#raise(LINK);
  }

  #drain(): void {
    const size = this.#word(0x3808) / 16;
    const before = this.sent.length;
    while (!this.stuck && this.#word(0x3810) !== this.#word(0x3818)) {
      const head = this.#word(0x3810);
      const entry = this.#ring(0x3800) + head * 16;
      const frame = new Uint8Array(this.memory.get16(entry + 8));
      this.memory.copyOut(this.#place(entry, frame.length), frame, 0, frame.length);
      if (this.memory.get8(entry + 11) !== 0b1011) throw new Error("a command of another kind");
      this.sent.push(frame);
      this.memory.set8(entry + 12, 1);
      this.words.set(0x3810, (head + 1) % size);
    }
    if (this.sent.length > before) this.#raise(SENT);
  }

  #write(at: number, value: number): void {
    this.words.set(at, value);
    if (at === 0x0000 && (value & (1 << 26)) !== 0) {
      this.resets += 1;
      const link = this.#word(0x0008);
      this.words.clear();
      this.words.set(0x0008, link);
      this.#mask = this.#cause = 0;
      this.#store();
    } else if (at === 0xd0) {
      this.#mask |= value;
      this.#interrupt();
    } else if (at === 0xd8) this.#mask &= ~value;
    else if (at === 0xc0) this.#cause &= ~value;
    else if (at === 0x3818) this.#drain();
  }

  /** Lets sending go on. */
  go(): void {
    this.stuck = false;
    this.#drain();
  }

  readonly registers: MemoryView = {
    length: 128 << 10,
    get32: (at: number) => (at === 0xc0 ? this.#cause >>> 0 : this.#word(at)),
    set32: (at: number, value: number) => this.#write(at, value >>> 0),
  } as Pick<MemoryView, "length" | "get32" | "set32"> as MemoryView;
}
