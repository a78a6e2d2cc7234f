// A virtio network card (Virtual I/O Device 1.2, §5.1) with one receive and one transmit queue, plugged into a wire.
// Invariant: a frame that finds no receive buffer waits, up to BACKLOG frames, then the oldest is dropped and counted.
import type { Bus } from "./bus.ts";
import { VirtioPci } from "./virtio-pci.ts";

const RECEIVE = 0;
const TRANSMIT = 1;
const HEADER_BYTES = 12;
const FRAME_LIMIT = 1514;
const BACKLOG = 64;
const FEATURE_MAC = 5;
const FEATURE_STATUS = 16;

export interface VirtioNetOptions {
  /** six bytes */
  mac: Uint8Array;
  vectorsAt: number;
  registersAt: number;
  /** a frame that the guest sent */
  transmit(frame: Uint8Array): void;
}

export class VirtioNet extends VirtioPci {
  readonly #transmit: (frame: Uint8Array) => void;
  #backlog: Uint8Array[] = [];
  dropped = 0;

  constructor(bus: Bus, options: VirtioNetOptions) {
    const config = new Uint8Array(8);
    config.set(options.mac);
    config[6] = 1; // link up
    super(bus, {
      type: 1,
      classCode: 0x020000,
      features: (1 << FEATURE_MAC) | (1 << FEATURE_STATUS),
      queues: 2,
      queueSize: 256,
      config,
      vectorsAt: options.vectorsAt,
      registersAt: options.registersAt,
    });
    this.#transmit = options.transmit;
  }

  /** A frame arrives from the wire. */
  receive(frame: Uint8Array): void {
    this.#backlog.push(frame);
    if (this.#backlog.length > BACKLOG) {
      this.#backlog.shift();
      this.dropped++;
    }
    this.#fill();
  }

  protected override notified(index: number): void {
    if (index === RECEIVE) this.#fill();
    else if (index === TRANSMIT) this.#drain();
  }

  protected override reset(): void {
    super.reset();
    this.#backlog = [];
  }

  #fill(): void {
    const queue = this.queues[RECEIVE];
    if (queue === undefined || !this.running) return;
    let wanted = false;
    while (this.#backlog.length > 0) {
      const chain = this.take(RECEIVE);
      if (chain === undefined) break;
      const frame = this.#backlog.shift() as Uint8Array;
      const packet = new Uint8Array(HEADER_BYTES + frame.length);
      packet[10] = 1; // one buffer
      packet.set(frame, HEADER_BYTES);
      let at = 0;
      for (const part of chain.writable) {
        const bytes = Math.min(part.bytes, packet.length - at);
        if (bytes > 0) this.bus.memory.write(part.address, packet.subarray(at, at + bytes));
        at += bytes;
      }
      if (at < packet.length) this.dropped++;
      wanted = queue.give(chain, at < packet.length ? 0 : at) || wanted;
    }
    if (wanted) this.usedInterrupt(RECEIVE);
  }

  #drain(): void {
    const queue = this.queues[TRANSMIT];
    if (queue === undefined) return;
    let wanted = false;
    for (;;) {
      const chain = this.take(TRANSMIT);
      if (chain === undefined) break;
      let total = 0;
      for (const part of chain.readable) total += part.bytes;
      if (total > HEADER_BYTES && total <= HEADER_BYTES + FRAME_LIMIT) {
        const packet = new Uint8Array(total);
        let at = 0;
        for (const part of chain.readable) {
          packet.set(this.bus.memory.read(part.address, part.bytes), at);
          at += part.bytes;
        }
        this.#transmit(packet.slice(HEADER_BYTES));
      } else {
        this.dropped++;
      }
      wanted = queue.give(chain, 0) || wanted;
    }
    if (wanted) this.usedInterrupt(TRANSMIT);
  }
}
