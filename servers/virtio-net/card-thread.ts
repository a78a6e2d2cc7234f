// A card's pool in the hands of one client, moved by a native thread (kernels/card.tape): while it is on, what the card and the client say
// does not come here.
//
// Invariant: rings and their state are the thread's from GO until it has said that the card is off, and this code's at all other times.

import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import { busyWith, onStopping } from "../../sdk/hot/accept.ts";
import { CUTS_PACKETS, PACKET_WORDS, PIECE_WORDS } from "../../sdk/net/card-pool.ts";
import type { CardSession } from "../../sdk/net/kept-card.ts";
import type { CardPool } from "../../sdk/net/shared-pool.ts";
import type { DeviceMemory } from "../../sdk/pci/claim.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import type { Interrupt } from "../../sdk/runtime/interrupt.ts";
import type { Memory } from "../../sdk/runtime/memory.ts";
import { NativeThread } from "../../sdk/runtime/native-thread.ts";
import { SharedView } from "../../sdk/runtime/shared-view.ts";
import type { QueueBell } from "../../sdk/virtio/queues.ts";
import type { Card } from "./card.ts";
import type { EthernetCard } from "./contract.ts";
import { driverFaults } from "./driver-fault.ts";
import { card as step } from "./kernels/card.tape";
import { mappedWords } from "./queue-state.ts";

type Client = Peer<typeof EthernetCard.methods>;

/** Places in the loop's own state (kernels/card.tape; a test compares both). */
export const loopWords = {
  CLIENT: 0,
  ENDPOINT: 1,
  VECTOR: 2,
  ACKNOWLEDGED: 3,
  FROM: 4,
  SLOTS: 5,
  SENT_SAYS: 6,
  RECEIVED_SAYS: 7,
  SENT_BELL: 8,
  RECEIVED_BELL: 10,
  SENT_INDEX: 12,
  RECEIVED_INDEX: 13,
  TOLD: 14,
  UNANSWERED: 15,
  OUT: 19,
} as const;
export const LOOP_WORDS = 23;
/** Where submissions begin in the thread's area. */
const SUBMIT = 4096;

/** Words between driver and thread. */
export const said = { GO: 0x1000, OFF: 0x1001, IS_OFF: 0x1002, REFUSE: 0x1003, LIED: 0x1004 };

/** Most packets of a message, and pieces of a batch with the rest of its last frame. */
export const MOST_PACKET_WORDS = PACKET_WORDS * 256;
export const MOST_PIECE_WORDS = PIECE_WORDS * (128 + 33);

const NO_PACKETS = new Uint32Array(0);

export class CardThread implements CardPool {
  private readonly card: Card;
  private readonly memory: Memory;
  private readonly interrupt: Interrupt;
  private readonly fail: (fault: string) => void;
  private readonly loop = mappedWords(new Uint32Array(LOOP_WORDS));
  private readonly thread: NativeThread;
  private client: Client | undefined;
  /** The thread was told that the client has the pool. */
  private on = false;
  /** The code is to come to a message boundary. */
  private stops = false;
  /** The card is on its way back from the client that had it. */
  private returning: Promise<void> | undefined;
  private returned = () => {};

  /** `buffers`: the pool's memory; `interrupt` tells of frames; `fail` ends the driver. */
  constructor(
    card: Card,
    buffers: DeviceMemory,
    interrupt: Interrupt,
    fail: (fault: string) => void,
  ) {
    this.card = card;
    this.memory = buffers.dma;
    this.interrupt = interrupt;
    this.fail = fail;
    const pool = buffers.bytes as SharedView;
    // Where no header says anything, the pool is not looked at.
    const frames = card.frames.length === 0 ? new SharedView(pool.address, 0) : pool;
    const packets = mappedWords(new Uint32Array(MOST_PACKET_WORDS)).words;
    const pieces = mappedWords(new Uint32Array(MOST_PIECE_WORDS)).words;
    const { loop } = this;
    const ring = card.parts.bytes as SharedView;
    const state = card.kernelState.words as SharedView;
    const given = [ring, frames, state, loop.words, packets, pieces];
    const made = NativeThread.create(step, given, (id) => this.heard(id));
    if (made instanceof Failure) throw new Error(made.sentence);
    this.thread = made;
    const bell = (
      at: number,
      index: number,
      { address, value }: ReturnType<QueueBell["place"]>,
    ) => {
      loop.set(at, address % 2 ** 32);
      loop.set(at + 1, Math.floor(address / 2 ** 32));
      loop.set(index, value);
    };
    bell(loopWords.SENT_BELL, loopWords.SENT_INDEX, card.parts.sending.place());
    bell(loopWords.RECEIVED_BELL, loopWords.RECEIVED_INDEX, card.parts.receiving.place());
    loop.set(loopWords.SENT_SAYS, card.sentSays);
    loop.set(loopWords.RECEIVED_SAYS, card.receivedSays);
    loop.set(loopWords.FROM, card.receiveBytes);
    loop.set(loopWords.SLOTS, card.sendSlots);
    loop.set(loopWords.OUT, SUBMIT);
    const failure = made.start();
    if (failure !== undefined) throw new Error(failure.sentence);
    onStopping((stops) => {
      this.stops = stops;
      if (stops) made.stop(() => this.goOn());
      else this.goOn();
    });
    busyWith(() => (made.running ? "its native thread has not come to its end" : undefined));
  }

  /** Whether a client has the pool, or it is not back yet. */
  get used(): boolean {
    return this.client !== undefined || this.returning !== undefined;
  }

  /** Answers `share`, once the pool is back from the client before. */
  async share(peer: Client) {
    while (this.returning !== undefined) await this.returning;
    if (this.client !== undefined) {
      return refuse(failures.UNAVAILABLE, "another client has the card's buffers");
    }
    if (peer.closed) return refuse(failures.UNAVAILABLE, "the channel has closed");
    const memory = this.memory.duplicate();
    if (memory instanceof Failure) return memory;
    const { receiveBytes, sendSlots, head, cutsPackets, room, freed } = this.card;
    this.load(peer, { shares: true, unanswered: 0, told: freed });
    this.turnOn();
    return {
      memory,
      receiveBytes,
      slots: sendSlots,
      next: head,
      room,
      offloads: cutsPackets ? CUTS_PACKETS : 0,
    };
  }

  /** What new code has to know of a client. */
  save(peer: Client): CardSession {
    const shares = this.client === peer;
    const word = (at: number) => (shares ? this.loop.get(at) : 0);
    return { shares, unanswered: word(loopWords.UNANSWERED), told: word(loopWords.TOLD) };
  }

  load(peer: Client, { shares, unanswered, told }: CardSession): void {
    if (!shares) return;
    this.client = peer;
    this.loop.set(loopWords.UNANSWERED, unanswered);
    this.loop.set(loopWords.TOLD, told);
  }

  /** Turns the thread on for a client of the code before. What a swap has held is bound at the end of this turn, and then again here. */
  deliver(): void {
    if (!this.on && this.client !== undefined) void Promise.resolve().then(() => this.turnOn());
  }

  private turnOn(): void {
    const { client, loop, interrupt, thread } = this;
    if (this.on || client === undefined) return;
    this.on = true;
    const { key, number } = channelOf(client);
    loop.set(loopWords.CLIENT, key);
    loop.set(loopWords.ENDPOINT, number);
    loop.set(loopWords.VECTOR, interrupt.key);
    loop.set(loopWords.ACKNOWLEDGED, interrupt.number);
    channelOf(client).bindTo(thread.port);
    interrupt.bindTo(thread.port);
    thread.send(said.GO);
  }

  /** After a swap that was not, behind which the client's channel is bound to this loop: the thread goes on once it has ended. */
  private goOn(): void {
    if (this.stops) return;
    if (this.on && this.client !== undefined) channelOf(this.client).bindTo(this.thread.port);
    const failure = this.thread.running ? undefined : this.thread.start();
    if (failure !== undefined) this.fail(failure.sentence);
  }

  /** The peer's channel has closed. */
  closed(peer: Client): void {
    if (this.client !== peer) return;
    this.client = undefined;
    this.returning = new Promise((resolve) => {
      this.returned = resolve;
    });
    this.thread.send(said.OFF);
  }

  /** From a client that has not got the pool. */
  post(peer: Client): void {
    if (peer !== this.client) peer.close();
  }

  private heard(id: number): void {
    if (id === said.LIED) this.fail(driverFaults["virtio.ring"]);
    else if (id === said.REFUSE) this.client?.close();
    else if (id === said.IS_OFF) this.back();
  }

  private back(): void {
    const { card, interrupt } = this;
    const back = card.exchange(NO_PACKETS, card.batches, 0);
    if (typeof back === "string") {
      this.fail(back);
      return;
    }
    this.on = false;
    interrupt.bindTo(uusi.port);
    interrupt.acknowledge();
    this.returning = undefined;
    this.returned();
  }
}

/** The channel of a client, by which the thread knows it. */
function channelOf(peer: Client): Endpoint {
  return (peer as unknown as { readonly channel: Endpoint }).channel;
}
