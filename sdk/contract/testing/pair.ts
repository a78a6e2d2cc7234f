// Two connected channels in memory, with the semantics of docs/abi.md: queue depth, deadlines on a test clock, close after
// the messages before it, MAYBE_EXECUTED. `world.run()` delivers all that waits; nothing moves by itself, so tests are exact.
import { limits } from "../../abi/table.ts";
import type { CallEnd, Channel, Reader, Receiver, SendEnd, Writer } from "../channel.ts";

const PEER_CLOSED = -8;
const MAYBE_EXECUTED = -9;
const TIMED_OUT = -10;
const CANCELLED = -11;

interface Message {
  readonly bytes: Uint8Array;
  readonly handles: readonly number[];
  readonly call: Call | undefined;
}

interface Call {
  readonly cookie: number;
  readonly caller: MemoryChannel;
  readonly deadline: number;
  readonly done: CallEnd;
  taken: boolean;
  ended: boolean;
}

function newWriter(): Writer {
  const buffer = new ArrayBuffer(3 * limits.MESSAGE_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
    start: 8,
    handles: [],
    handleCount: 0,
    problem: "",
  };
}

function readerOf(bytes: Uint8Array, handles: readonly number[]): Reader {
  const buffer = new ArrayBuffer(limits.MESSAGE_BYTES + 16);
  const all = new Uint8Array(buffer);
  all.set(bytes, 8);
  return {
    bytes: all,
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
    at: 8,
    end: 8 + bytes.length,
    handles: [...handles],
    handleCount: handles.length,
    handleNext: 0,
  };
}

/** The clock, the pending work and the log of one test. */
export class World {
  now = 0;
  readonly lines: string[] = [];
  /** handles that were dropped (closed without having been taken) */
  readonly dropped: number[] = [];
  readonly steps: (() => void)[] = [];
  readonly replies = new Map<number, Call>();
  readonly channels: MemoryChannel[] = [];
  nextNumber = 1;

  /** Two connected ends. */
  pair(): [MemoryChannel, MemoryChannel] {
    const a = new MemoryChannel(this);
    const b = new MemoryChannel(this);
    a.peer = b;
    b.peer = a;
    this.channels.push(a, b);
    return [a, b];
  }

  /** Delivers messages and runs promise reactions until nothing moves, or for `most` rounds: a full queue is tried for ever. */
  async run(most = 40): Promise<void> {
    for (let round = 0, quiet = 0; quiet < 3 && round < most; round++) {
      const moved = this.#step();
      await new Promise((resolve) => setImmediate(resolve));
      quiet = moved || this.steps.length > 0 ? 0 : quiet + 1;
    }
  }

  /** Moves the clock; calls whose deadline has passed end with TIMED_OUT. */
  async advance(ns: number): Promise<void> {
    this.now += ns;
    for (const channel of this.channels) channel.expire();
    await this.run();
  }

  #step(): boolean {
    let moved = false;
    for (const step of this.steps.splice(0)) {
      step();
      moved = true;
    }
    for (const channel of this.channels) moved = channel.deliver() || moved;
    return moved;
  }
}

export class MemoryChannel implements Channel {
  receiver: Receiver | undefined;
  closed = false;
  peer!: MemoryChannel;
  /** how many event messages the peer's queue holds before it is full */
  depth: number = limits.QUEUE_DEPTH;
  /** stops deliveries to this end, as a busy server would */
  paused = false;
  readonly world: World;
  #queue: Message[] = [];
  readonly #calls = new Map<number, Call>();
  #writer = newWriter();
  #peerTold = false;

  constructor(world: World) {
    this.world = world;
  }

  now(): number {
    return this.world.now;
  }

  later(f: () => void): void {
    this.world.steps.push(f);
  }

  log(text: string): void {
    this.world.lines.push(text);
  }

  begin(_handles: number): Writer {
    this.#writer.handleCount = 0;
    return this.#writer;
  }

  #message(end: number, call: Call | undefined): Message {
    const { bytes, start, handles, handleCount } = this.#writer;
    if (end - start > limits.MESSAGE_BYTES) throw new Error("a message beyond its limit was sent");
    return { bytes: bytes.slice(start, end), handles: handles.slice(0, handleCount), call };
  }

  send(end: number, _secret: boolean, told: SendEnd | undefined): void {
    if (this.closed || this.peer.closed) return;
    const sent = this.peer.#queue.filter(({ call }) => call === undefined).length;
    if (sent >= this.peer.depth) this.world.steps.push(() => told?.full());
    else this.peer.#queue.push(this.#message(end, undefined));
  }

  call(end: number, _secret: boolean, deadline: number, done: CallEnd): number {
    const cookie = this.world.nextNumber++;
    const call: Call = { cookie, caller: this, deadline, done, taken: false, ended: false };
    this.#calls.set(cookie, call);
    if (this.closed || this.peer.closed) this.world.steps.push(() => this.#end(call, PEER_CLOSED));
    else this.peer.#queue.push(this.#message(end, call));
    return cookie;
  }

  #end(call: Call, status: number, reader = readerOf(new Uint8Array(0), [])): void {
    if (call.ended) return;
    call.ended = true;
    this.#calls.delete(call.cookie);
    call.done.ended(status, reader);
  }

  cancel(cookie: number): void {
    const call = this.#calls.get(cookie);
    if (call !== undefined) this.world.steps.push(() => this.#end(call, CANCELLED));
  }

  expire(): void {
    for (const call of [...this.#calls.values()])
      if (call.deadline > 0 && call.deadline <= this.world.now) this.#end(call, TIMED_OUT);
  }

  reply(reply: number, end: number, _secret: boolean): void {
    const call = this.world.replies.get(reply);
    this.world.replies.delete(reply);
    if (call === undefined || call.ended) return;
    const { bytes, handles } = this.#message(end, undefined);
    this.world.steps.push(() => call.caller.#end(call, 0, readerOf(bytes, handles)));
  }

  drop(handle: number): void {
    const call = this.world.replies.get(handle);
    this.world.replies.delete(handle);
    if (call === undefined) this.world.dropped.push(handle);
    else this.world.steps.push(() => call.caller.#end(call, MAYBE_EXECUTED));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const { call } of this.#queue.splice(0))
      if (call !== undefined) this.world.steps.push(() => call.caller.#end(call, PEER_CLOSED));
  }

  /** Ends this side as a crash does: what it had taken is MAYBE_EXECUTED. */
  crash(): void {
    for (const [reply, call] of [...this.world.replies])
      if (call.caller === this.peer) this.drop(reply);
    this.close();
  }

  /** One round: hands over what is queued. */
  deliver(): boolean {
    if (this.closed || this.paused || this.receiver === undefined) return false;
    const messages = this.#queue.splice(0);
    for (const { bytes, handles, call } of messages) {
      if (this.closed) break;
      const reader = readerOf(bytes, handles);
      if (call === undefined) this.receiver.message(reader);
      else if (!call.ended) {
        const reply = this.world.nextNumber++;
        call.taken = true;
        this.world.replies.set(reply, call);
        this.receiver.call(reader, reply);
      }
    }
    if (!this.closed && this.peer.closed && this.#queue.length === 0 && !this.#peerTold) {
      this.#peerTold = true;
      this.closed = true;
      this.receiver.closedByPeer();
      return true;
    }
    return messages.length > 0;
  }
}
