// A virtio network card (Virtual I/O Device 1.2, §5.1) with one receive, one transmit and a control queue, plugged into a wire.
// Invariant: a frame that finds no receive buffer waits, up to BACKLOG frames, then the oldest is dropped and counted. All frames of the wire
// are received until a command says otherwise.
import type { Bus } from "./bus.ts";
import { VirtioPci } from "./virtio-pci.ts";

const RECEIVE = 0;
const TRANSMIT = 1;
const CONTROL = 2;
const HEADER_BYTES = 12;
const FRAME_LIMIT = 1514;
const BACKLOG = 64;
const FEATURE_MAC = 5;
const FEATURE_STATUS = 16;
const FEATURE_CONTROL = 17;
const FEATURE_RECEIVE = 18;
const FEATURE_ANNOUNCE = 21;
const FEATURE_ADDRESS = 23;
/** Byte 6 of the configuration. */
const LINK_UP = 1;
const ANNOUNCE = 2;

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
  /** frames that the driver was given */
  delivered = 0;
  /** whether frames for others are received, too; frames that were not */
  promiscuous = true;
  others = 0;
  /** commands as they came */
  readonly commands: number[][] = [];
  /** what a command is answered with, undefined for no answer */
  answer: (command: readonly number[]) => number | undefined = () => 0;
  readonly #config: Uint8Array;
  readonly #mac: Uint8Array;

  constructor(bus: Bus, options: VirtioNetOptions) {
    const config = new Uint8Array(8);
    config.set(options.mac);
    config[6] = LINK_UP;
    super(bus, {
      type: 1,
      classCode: 0x020000,
      features: [
        FEATURE_MAC,
        FEATURE_STATUS,
        FEATURE_CONTROL,
        FEATURE_RECEIVE,
        FEATURE_ANNOUNCE,
        FEATURE_ADDRESS,
      ].reduce((bits, each) => bits | (1 << each), 0),
      queues: 3,
      queueSize: 256,
      config,
      vectorsAt: options.vectorsAt,
      registersAt: options.registersAt,
    });
    this.#transmit = options.transmit;
    this.#config = config;
    this.#mac = options.mac;
  }

  /** Its host is to tell the wire where it is. */
  wantAnnouncement(): void {
    this.#config[6]! |= ANNOUNCE;
    this.configInterrupt();
  }

  /** Whether it still is to. */
  get wantsAnnouncement(): boolean {
    return (this.#config[6]! & ANNOUNCE) !== 0;
  }

  #wanted(frame: Uint8Array): boolean {
    const [first = 0] = frame;
    return this.promiscuous || (first & 1) !== 0 || this.#mac.every((byte, i) => byte === frame[i]);
  }

  /** A frame arrives from the wire. */
  receive(frame: Uint8Array): void {
    if (!this.#wanted(frame)) {
      this.others++;
      return;
    }
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
    else if (index === CONTROL) this.#obey();
  }

  protected override reset(): void {
    super.reset();
    this.#backlog = [];
    this.promiscuous = true;
    this.#config[6]! &= ~ANNOUNCE;
  }

  #obey(): void {
    const queue = this.queues[CONTROL];
    if (queue === undefined || !this.running) return;
    let wanted = false;
    for (let chain = this.take(CONTROL); chain !== undefined; chain = this.take(CONTROL)) {
      const command = chain.readable.flatMap(({ address, bytes }) => [
        ...this.bus.memory.read(address, bytes),
      ]);
      this.commands.push(command);
      const answer = this.answer(command);
      if (answer === undefined) return;
      if (answer === 0 && command[0] === 0 && command[1] === 0) this.promiscuous = command[2] !== 0;
      if (answer === 0 && command[0] === 3) this.#config[6]! &= ~ANNOUNCE;
      const [into] = chain.writable;
      if (into !== undefined) this.bus.memory.write(into.address, Uint8Array.of(answer));
      wanted = queue.give(chain, 1) || wanted;
    }
    if (wanted) this.usedInterrupt(CONTROL);
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
      this.delivered++;
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
