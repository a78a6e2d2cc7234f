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
import { refusal } from "./refusal.ts";
import { directArrived } from "./receive-direct.ts";
import { runArrived } from "./receive-run.ts";
import type { Stack } from "./stack.ts";
import type { StackHost } from "./stack-host.ts";
import { resumeStalled } from "./tcp-operation.ts";
import type { Turn } from "./turn.ts";

const flood = refusal("tcp.flood");

const NO_PACKETS = new Uint8Array(0);
/** Pieces of batches that are kept until something is sent: the card has sixty-four buffers at least. */
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
    const buffers = new CardBuffers(view, saved, saved, post, host.random32());
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
    this.host.actOn(this.wire, (stack, turn) => this.take(stack, turn, pieces));
    this.taken += 1;
    this.pieces += pieces.length / (4 * PIECE_WORDS);
  }

  private take(stack: Stack, turn: Turn, pieces: Uint8Array): void {
    const buffers = this.builder;
    const { runs, sifted } = buffers;
    const found = buffers.find(pieces, stack.link.mac);
    for (let index = 0, at = 0; index < found; index++, at += RUN_WORDS) {
      const payload = buffers.payloadAt(at);
      if (directArrived(stack, turn, runs, at, payload)) continue;
      runArrived(stack, turn, this.view, buffers.show(at), payload);
    }
    if (buffers.sifted > sifted) {
      const { counters } = stack;
      counters.refused[flood] += buffers.sifted - sifted;
      counters.framesReceived += buffers.sifted - sifted;
    }
    if (found < 0) this.refuse();
  }

  get frames(): Mapped {
    return this.builder.window;
  }

  get slots(): Mapped {
    const { view } = this;
    const { receiveBytes } = this.builder.facts;
    return { address: view.address + receiveBytes, length: view.length - receiveBytes };
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

  get key(): number {
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
    return { ...facts, ...saved, memory: this.memory.number, taken: this.taken };
  }

  close(): void {
    this.view.close();
    this.memory.close();
  }
}
