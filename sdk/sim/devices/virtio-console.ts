// A virtio console device with one port (Virtual I/O Device 1.2, §5.3, without multiport): bytes between the driver and the far end.
// Invariant: bytes that find no receive buffer wait in `backlog`, in order; none is dropped.
import type { Bus } from "./bus.ts";
import { VirtioPci } from "./virtio-pci.ts";

const RECEIVE = 0;
const TRANSMIT = 1;

export interface VirtioConsoleOptions {
  vectorsAt: number;
  registersAt: number;
  /** bytes that the guest sent */
  transmit(bytes: Uint8Array): void;
}

export class VirtioConsole extends VirtioPci {
  readonly #transmit: (bytes: Uint8Array) => void;
  #backlog: number[] = [];
  /** while true, sent buffers stay in their ring, as with a far end that does not read */
  held = false;

  constructor(bus: Bus, options: VirtioConsoleOptions) {
    super(bus, {
      type: 3,
      classCode: 0x078000,
      features: 0,
      queues: 2,
      queueSize: 128,
      config: new Uint8Array(12),
      vectorsAt: options.vectorsAt,
      registersAt: options.registersAt,
    });
    this.#transmit = options.transmit;
  }

  /** Bytes that wait for a buffer of the driver. */
  get backlog(): number {
    return this.#backlog.length;
  }

  /** Bytes arrive from the far end. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#backlog.push(byte);
    this.#fill();
  }

  /** The far end reads again. */
  release(): void {
    this.held = false;
    this.#drain();
  }

  protected override notified(index: number): void {
    if (index === RECEIVE) this.#fill();
    else if (index === TRANSMIT) this.#drain();
  }

  #fill(): void {
    const queue = this.queues[RECEIVE];
    if (queue === undefined || !this.running) return;
    let wanted = false;
    while (this.#backlog.length > 0) {
      const chain = this.take(RECEIVE);
      if (chain === undefined) break;
      let written = 0;
      for (const part of chain.writable) {
        const piece = Uint8Array.from(this.#backlog.splice(0, part.bytes));
        this.bus.memory.write(part.address, piece);
        written += piece.length;
      }
      wanted = queue.give(chain, written) || wanted;
    }
    if (wanted) this.usedInterrupt(RECEIVE);
  }

  #drain(): void {
    const queue = this.queues[TRANSMIT];
    if (queue === undefined || this.held) return;
    let wanted = false;
    for (;;) {
      const chain = this.take(TRANSMIT);
      if (chain === undefined) break;
      for (const { address, bytes } of chain.readable)
        this.#transmit(this.bus.memory.read(address, bytes).slice());
      wanted = queue.give(chain, 0) || wanted;
    }
    if (wanted) this.usedInterrupt(TRANSMIT);
  }
}
