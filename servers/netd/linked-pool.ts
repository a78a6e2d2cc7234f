// The card's pool and the messages about it: shares it with the driver, takes what arrives into the stack, builds what leaves in it.
//
// Invariant: a batch of frames is used whole within one entry of the stack, and given back then. A driver that says what cannot be loses
// the channel. (Fields are private by type only: `#x` costs an engine six times as much.)

import type { ClientOf } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { PIECE_WORDS, WINDOW } from "../../sdk/net/card-pool.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import type { Mapped } from "../../tape/kernels/lane.tape";
import type { EthernetCard } from "../virtio-net/contract.ts";
import { CardBuffers, type PoolFacts, type PoolPlace, RUN_WORDS } from "./card-buffers.ts";
import type { LinkedPool } from "./card-link.ts";
import { endsOf } from "./lane/ends-of.ts";
import type { LanePool } from "./lane/lane.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { directArrived } from "./receive-direct.ts";
import { runArrived } from "./receive-run.ts";
import type { Stack } from "./stack.ts";
import type { StackHost } from "./stack-host.ts";
import { SynScreen } from "./syn-screen.ts";
import { resumeStalled } from "./tcp-operation.ts";
import type { Turn } from "./turn.ts";

const NO_PACKETS = new Uint8Array(0);
/** How long batches wait in a flood, in milliseconds. */
const HOLD = 1;
/** Pieces of batches that are kept until something is sent. */
const FEW_PIECES = 4;

type Client = ClientOf<typeof EthernetCard.methods>;

/** A pool as it moves to another netd. */
export interface SavedPool extends PoolFacts, PoolPlace {
  readonly memory: number;
  /** Batches that were used and not given back yet. */
  readonly taken: number;
}

/** Asks the driver for its pool; undefined where it has none to give. `refuse`: it says what cannot be. */
export async function sharePool(
  host: StackHost,
  wire: number,
  client: Client,
  refuse: () => void,
): Promise<CardPool | undefined> {
  // What arrives in one turn with the answer comes before anybody has seen the answer.
  const early: Uint8Array[] = [];
  client.on.arrived(({ pieces }) => void early.push(pieces));
  const shared = await client.share({});
  if (shared instanceof Failure) return undefined;
  const pool = openPool(host, wire, client, { ...shared, taken: 0 }, refuse);
  for (const pieces of early) pool?.arrived(pieces);
  return pool;
}

/** Goes on with a pool; undefined where its memory is not what it should be. */
export function openPool(
  host: StackHost,
  wire: number,
  client: Client,
  saved: SavedPool,
  refuse: () => void,
): CardPool | undefined {
  const memory = new Memory(saved.memory);
  const { receiveBytes, slots, next, room } = saved;
  const bytes = receiveBytes + slots * 2048;
  const view = memory.size() < bytes ? undefined : memory.mapForKernels();
  if (view === undefined || view instanceof Failure || next >= slots || room > slots) {
    if (!(view instanceof Failure)) view?.close();
    memory.close();
    return undefined;
  }
  return new CardPool(host, wire, client, memory, view, saved, refuse);
}

export class CardPool implements LinkedPool, LanePool {
  private readonly host: StackHost;
  private readonly wire: number;
  private readonly client: Client;
  private readonly refuse: () => void;
  private readonly memory: Memory;
  private readonly view: SharedView;
  /** Batches that were used and not given back yet, and pieces of them. */
  taken = 0;
  pieces = 0;
  private readonly screen = new SynScreen();
  /** Batches that wait in a flood until there are more, so that fewer turns take them. */
  private waiting: Uint8Array[] = [];
  /** Where segments are built in place. */
  readonly builder: CardBuffers;

  constructor(
    host: StackHost,
    wire: number,
    client: Client,
    memory: Memory,
    view: SharedView,
    saved: SavedPool,
    refuse: () => void,
  ) {
    this.refuse = refuse;
    this.host = host;
    this.wire = wire;
    this.client = client;
    this.memory = memory;
    this.view = view;
    this.taken = saved.taken;
    const post = (packets: Uint8Array) => {
      client.send.post({ taken: this.taken, packets });
      this.taken = this.pieces = 0;
    };
    const buffers = new CardBuffers(view, saved, saved, post);
    this.builder = buffers;
    client.on.arrived(({ pieces }) => this.arrived(pieces));
    client.on.sent(({ slots }) => {
      if (!buffers.freed(slots)) return refuse();
      host.act((stack, turn) => resumeStalled(stack, turn));
    });
  }

  /** A batch of frames; what comes after the end has no memory any more. */
  arrived(pieces: Uint8Array): void {
    if (this.view.length === 0) return;
    const { host, waiting, screen } = this;
    if (waiting.length === 0 && screen.looks(host.now())) {
      host.at(host.now() + HOLD, () => this.takeWaiting());
    } else if (waiting.length === 0) {
      this.host.actOn(this.wire, (stack, turn) => this.take(stack, turn, pieces));
      this.took(pieces);
      return;
    }
    waiting.push(pieces);
  }

  private takeWaiting(): void {
    const waiting = this.waiting.splice(0);
    if (this.view.length === 0) return;
    this.host.actOn(this.wire, (stack, turn) => {
      for (let index = 0; index < waiting.length; index++) {
        this.take(stack, turn, waiting[index]!);
        this.took(waiting[index]!);
      }
    });
  }

  private took(pieces: Uint8Array): void {
    this.taken += 1;
    this.pieces += pieces.length / (4 * PIECE_WORDS);
  }

  private take(stack: Stack, turn: Turn, pieces: Uint8Array): void {
    const { builder: buffers, screen } = this;
    const { runs } = buffers;
    const floods = screen.begin(stack, turn.now);
    const found = buffers.find(pieces, stack.link.mac, floods ? screen : undefined);
    for (let index = 0, at = 0; index < found; index++, at += RUN_WORDS) {
      const payload = buffers.payloadAt(at);
      if (directArrived(stack, turn, runs, at, payload)) continue;
      runArrived(stack, turn, this.view, buffers.show(at), payload);
    }
    screen.end(stack, buffers.odd, turn.now);
    if (found < 0) this.refuse();
  }

  get frames(): Mapped {
    return this.builder.window;
  }

  get slots(): Mapped {
    return this.builder.slots;
  }

  get slotCount(): number {
    return this.builder.facts.slots;
  }

  get next(): number {
    return this.builder.next;
  }

  set next(slot: number) {
    this.builder.next = slot;
  }

  get room(): number {
    return this.builder.room;
  }

  set room(slots: number) {
    this.builder.room = slots;
  }

  /** None while batches wait: a kernel would give them back before they were looked at. */
  get key(): number {
    if (this.waiting.length > 0) return 0;
    return endsOf(this.client).key;
  }

  get handle(): number {
    return endsOf(this.client).handle;
  }

  longest(): number {
    return this.builder.longest();
  }

  full(): boolean {
    return this.builder.full();
  }

  send(packet: PacketBuffer): void {
    this.builder.send(packet);
  }

  sendFrame(frame: Uint8Array): void {
    this.builder.sendBytes(frame, 0, frame.length);
  }

  /** Sends what was built, and with it gives back what was used; few buffers wait for the next packet. */
  flush(): void {
    this.builder.flush();
    if (this.taken >= WINDOW || this.pieces > FEW_PIECES) this.giveBack();
  }

  private giveBack(): void {
    if (this.taken > 0) this.client.send.post({ taken: this.taken, packets: NO_PACKETS });
    this.taken = this.pieces = 0;
  }

  /** For the netd that goes on with it. */
  save(): SavedPool {
    const { facts, saved } = this.builder;
    // What waits is lost, as on a wire.
    for (const pieces of this.waiting.splice(0)) this.took(pieces);
    return { ...facts, ...saved, memory: this.memory.number, taken: this.taken };
  }

  close(): void {
    this.view.close();
    this.memory.close();
  }
}
