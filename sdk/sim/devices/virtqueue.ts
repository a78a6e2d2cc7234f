// The device's half of a split virtqueue (Virtual I/O Device 1.2, §2.7): takes the driver's buffers from the available ring and gives
// them back through the used ring. Invariant: nothing of the driver's memory is trusted; a bad chain is an error, never a loop.
import type { BusMemory } from "./bus.ts";

const NEXT = 1;
const WRITE = 2;
/** The longest chain that is accepted (§2.7.4.2 forbids loops; a queue can't hold a longer one). */
const CHAIN_LIMIT = 256;

/** One buffer chain: parts that the device reads, then parts that it writes. */
export interface Chain {
  head: number;
  readable: { address: number; bytes: number }[];
  writable: { address: number; bytes: number }[];
}

export class Virtqueue {
  readonly #memory: BusMemory;
  readonly maximum: number;
  size: number;
  enabled = false;
  vector = 0xffff;
  descriptors = 0;
  available = 0;
  used = 0;
  #seen = 0;
  #given = 0;

  constructor(memory: BusMemory, maximum: number) {
    this.#memory = memory;
    this.maximum = maximum;
    this.size = maximum;
  }

  reset(): void {
    this.size = this.maximum;
    this.enabled = false;
    this.vector = 0xffff;
    this.descriptors = this.available = this.used = 0;
    this.#seen = this.#given = 0;
  }

  /** The driver's next chain; undefined when there is none. Throws RangeError on a malformed one. */
  take(): Chain | undefined {
    if (!this.enabled) return undefined;
    if (this.#half(this.available + 2) === this.#seen) return undefined;
    const head = this.#half(this.available + 4 + (this.#seen % this.size) * 2);
    this.#seen = (this.#seen + 1) & 0xffff;
    const chain: Chain = { head, readable: [], writable: [] };
    let index = head;
    for (let length = 0; length < CHAIN_LIMIT; length++) {
      if (index >= this.size) throw new RangeError(`descriptor ${index} of ${this.size}`);
      const d = this.#memory.read(this.descriptors + index * 16, 16);
      const view = new DataView(d.buffer, d.byteOffset, 16);
      const part = {
        address: Number(view.getBigUint64(0, true)),
        bytes: view.getUint32(8, true),
      };
      const flags = view.getUint16(12, true);
      if (flags & WRITE) chain.writable.push(part);
      else if (chain.writable.length > 0)
        throw new RangeError("a readable part follows a writable one");
      else chain.readable.push(part);
      if ((flags & NEXT) === 0) return chain;
      index = view.getUint16(14, true);
    }
    throw new RangeError("descriptor chain without an end");
  }

  /** Gives a chain back with the number of bytes written into it. True when the driver wants an interrupt. */
  give(chain: Chain, written: number): boolean {
    const element = new DataView(new ArrayBuffer(8));
    element.setUint32(0, chain.head, true);
    element.setUint32(4, written, true);
    const at = this.used + 4 + (this.#given % this.size) * 8;
    this.#memory.write(at, new Uint8Array(element.buffer));
    this.#given = (this.#given + 1) & 0xffff;
    const index = new Uint8Array([this.#given & 0xff, this.#given >> 8]);
    this.#memory.write(this.used + 2, index);
    return (this.#half(this.available) & 1) === 0;
  }

  #half(address: number): number {
    const b = this.#memory.read(address, 2);
    return (b[0] as number) | ((b[1] as number) << 8);
  }
}
