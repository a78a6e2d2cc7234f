// A running virtio network card (Virtio 1.2 section 5.1): a pool of buffers that the card fills and sends from, moved by one kernel
// (tape/kernels/virtqueue.tape).
//
// Invariant: the device sees its rings, which are nobody else's, and the pool. A buffer belongs to the device, or to whoever uses the
// pool; its bytes are not looked at here, but for the header that the device writes in front of a frame, which is read once.

import { MOST_PIECES, type PoolCard, REFUSED } from "../../sdk/net/pool-card.ts";
import { PIECE_WORDS } from "../../sdk/net/card-pool.ts";
import type { KernelBytes, SharedMemory } from "../../sdk/pci/claim.ts";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import type { QueueBell } from "../../sdk/virtio/queues.ts";
import { needsReset, resetDevice } from "../../sdk/virtio/registers.ts";
import { exchange } from "../../tape/kernels/virtqueue.tape";
import { type ControlQueue, type ControlWorld, commands } from "./control-queue.ts";
import { driverFaults } from "./driver-fault.ts";
import type { Offloads } from "./offloads.ts";
import { answers, heapWords, type KernelWords, queueWords, words } from "./queue-state.ts";

const CONFIG_STATUS = 6;
const STATUS_LINK_UP = 1;
const STATUS_ANNOUNCE = 2;
/** Buffers that one frame can have: one of 65,562 bytes in buffers of 2,048. */
const MOST_BUFFERS = 33;
const USED_NO_NOTIFY = 1;
const NOTHING = new Uint8Array(0);
const NO_PACKETS = new Uint32Array(0);

const slotsOf = (state: Uint32Array, queue: number) => state[queue + queueWords.MASK]! + 1;

/** What `startCard` has found out and set up. */
export interface CardParts {
  readonly common: MemoryView;
  readonly config: MemoryView;
  /** The memory of the rings. */
  readonly memory: MemoryView;
  readonly bytes: KernelBytes;
  readonly pool: SharedMemory;
  readonly mac: Uint8Array;
  readonly reportsLink: boolean;
  readonly byIndex: boolean;
  readonly offloads: Offloads;
  /** The features that this follows from. */
  readonly agreed: number;
  readonly receiving: QueueBell;
  readonly sending: QueueBell;
  readonly control: ControlQueue | undefined;
  /** Whether the card may want its host to announce itself. */
  readonly announces: boolean;
  /** As PoolCard says. */
  order(): void;
}

/** Puts the state of both queues where kernels have it. */
export type KeepWords = (state: Uint32Array) => KernelWords;

/** A running card. Fields are private by type only: `#x` costs an engine six times as much. */
export class Card implements PoolCard {
  readonly mac: Uint8Array;
  readonly offloads: Offloads;
  /** Features 0 to 31 that are in force. */
  readonly agreed: number;
  readonly receiveBytes: number;
  readonly sendSlots: number;
  readonly pieces = new Uint32Array((MOST_PIECES + MOST_BUFFERS) * PIECE_WORDS);
  more = false;
  readonly parts: CardParts;
  readonly kernelState: KernelWords;
  /** What the kernel takes as the pool: nothing where no header says anything. */
  readonly frames: KernelBytes;
  /** Where the device says when it wants to be told. */
  readonly sentSays: number;
  readonly receivedSays: number;

  /** Use `startCard`. `state`: as `queueState` makes it, or as the code before has left it; `keep`: puts it where kernels have it. */
  constructor(parts: CardParts, state: Uint32Array, keep: KeepWords = heapWords) {
    const { pool, offloads, mac, byIndex } = parts;
    this.parts = parts;
    this.mac = mac;
    this.offloads = offloads;
    this.agreed = parts.agreed >>> 0;
    this.kernelState = keep(state);
    this.receiveBytes = slotsOf(state, words.RECEIVE) * offloads.bufferBytes;
    this.sendSlots = slotsOf(state, words.SEND);
    const looks = offloads.merged || offloads.checks || offloads.sendsBig;
    this.frames = looks ? pool.bytes : NOTHING;
    const says = (queue: number) =>
      state[queue + queueWords.USED]! + (byIndex ? 4 + 8 * slotsOf(state, queue) : 0);
    this.sentSays = says(words.SEND);
    this.receivedSays = says(words.RECEIVE);
  }

  /** A copy of what its kernel works on. */
  get state(): Uint32Array {
    return this.kernelState.copy();
  }

  get head(): number {
    return this.kernelState.get(words.HEAD);
  }
  get room(): number {
    return this.kernelState.get(words.ROOM);
  }
  get freed(): number {
    return this.kernelState.get(words.FREED);
  }
  get batches(): number {
    return this.kernelState.get(words.BATCH_COUNT);
  }
  get cutsPackets(): boolean {
    return this.offloads.sendsBig;
  }

  /** Frames received and sent, and received with a length that no frame has. */
  get counters(): { readonly received: number; readonly sent: number; readonly refused: number } {
    const { kernelState: state } = this;
    // A thread may count on between the two halves: then the upper one has changed.
    const count = (at: number): number => {
      const high = state.get(at + 1);
      const low = state.get(at);
      return state.get(at + 1) === high ? low + high * 2 ** 32 : count(at);
    };
    return {
      received: count(words.RECEIVED),
      sent: count(words.SENT),
      refused: count(words.REFUSED),
    };
  }

  /** Gives all receive buffers to the device; call it once, after it went live. */
  begin(): void {
    this.exchange(NO_PACKETS, 1, 0);
  }

  /** Whether the link is up; a card that does not say so counts as up. */
  linkUp(): boolean {
    if (!this.parts.reportsLink) return true;
    return (this.parts.config.get16(CONFIG_STATUS) & STATUS_LINK_UP) !== 0;
  }

  /** Whether the card wants its host to tell the wire where it is, which it is told to have done; asked when something has changed. */
  wantsAnnouncement(): boolean {
    const { announces, config, control } = this.parts;
    if (!announces || control === undefined || control.dead) return false;
    // The wish stands until its answer is here.
    if (!control.idle || (config.get16(CONFIG_STATUS) & STATUS_ANNOUNCE) === 0) return false;
    control.ask(commands.announced);
    return true;
  }

  /** Takes answers to commands. */
  heard(): void {
    this.parts.control?.look();
  }

  /** Commands begin to go out. */
  command(world: ControlWorld): void {
    this.parts.control?.begin(world);
  }

  /** What keeps it from being handed over. */
  busy(): string | undefined {
    return this.parts.control?.idle === false ? "a command to the card is on its way" : undefined;
  }

  /** Commands given so far, for new code; undefined where none can be. */
  get commandsGiven(): number | undefined {
    return this.parts.control?.given;
  }

  exchange(packets: Uint32Array, back: number, most: number): number | string {
    const { parts, frames, kernelState, pieces } = this;
    const from = this.receiveBytes;
    const answer = exchange(
      parts.bytes,
      frames,
      kernelState.words,
      from,
      packets,
      pieces,
      back,
      most,
    );
    if (answer < 0) return driverFaults["virtio.ring"];
    const count = answer & 0xffff;
    this.more = most > 0 && count >= most;
    return answer > 0xffff ? this.heed(answer >> 16, count) : count;
  }

  /**
   * Tells the device what it wants to know. Whether it does is read here and not in the kernel: x86 lets a load overtake a store that lies
   * in the processor's buffer, and an interpreter has stored more than that holds meanwhile.
   */
  private heed(bits: number, count: number): number {
    const { parts, kernelState: state } = this;
    const { memory } = parts;
    if ((bits & answers.SAID) !== 0) {
      const posted = state.get(words.SEND + queueWords.POSTED);
      if (this.waits(memory.get16(this.sentSays), posted, state.get(words.HANDED))) {
        parts.sending.tell();
      }
    }
    if ((bits & answers.REFILLED) !== 0) {
      const posted = state.get(words.RECEIVE + queueWords.POSTED);
      const given = (posted - state.get(words.BEFORE)) & 0xffff;
      if (this.waits(memory.get16(this.receivedSays), posted, given)) parts.receiving.tell();
    }
    if ((bits & answers.AGAIN) !== 0) {
      this.more = true;
      this.order();
    }
    return (bits & answers.BAD) !== 0 ? REFUSED : count;
  }

  /** Whether the device wants to hear of the last `given` of `posted` buffers, by what it `says` (section 2.7.10). */
  private waits(says: number, posted: number, given: number): boolean {
    if (!this.parts.byIndex) return (says & USED_NO_NOTIFY) === 0;
    return ((posted - says - 1) & 0xffff) < given;
  }

  order(): void {
    this.parts.order();
  }

  /** Why it can't go on, where the device has stopped by itself. */
  stopped(): string | undefined {
    return needsReset(this.parts.common) ? "the card has stopped by itself" : undefined;
  }

  /** Brings it to rest. */
  reset(): void {
    resetDevice(this.parts.common);
  }
}
