// The kernel of the card's loop as a native thread runs it, on Node: events in, messages of the contract out, system calls and bells noted.
import { events as types, layouts, limits } from "../../../sdk/abi/table.ts";
import type { Reader, Writer } from "../../../sdk/contract/channel.ts";
import { compiledOf } from "../../../sdk/contract/compiled.ts";
import { SLOT_BYTES } from "../../../sdk/net/card-pool.ts";
import { area, OWNERS_KEY, STORE, words as ids } from "../../../sdk/runtime/native-layout.ts";
import { ringBytes, SplitRing } from "../../../sdk/virtio/split-ring.ts";
import { ArrayMemory } from "../../../sdk/virtio/testing/array-memory.ts";
import {
  LOOP_WORDS,
  loopWords,
  MOST_PACKET_WORDS,
  MOST_PIECE_WORDS,
  said,
} from "../card-thread.ts";
import { EthernetCard } from "../contract.ts";
import { card } from "../kernels/card.tape";
import type { Offloads } from "../offloads.ts";
import { queueState } from "../queue-state.ts";
import { exchange } from "../../../tape/kernels/virtqueue.tape";

export const SIZE = 8;
export const QUEUE = (ringBytes(SIZE) + 15) & ~15;
const SUBMIT = limits.SUBMIT_OFFSET;
const EVENTS = limits.EVENT_OFFSET;
/** Keys and handles that the loop is told. */
export const CLIENT = { key: 5, handle: 77 } as const;
export const VECTOR = { key: 6, handle: 78 } as const;
const OWNER = 79;
export const BELLS = { sent: 0x1_0000_0004, received: 0x1_0000_0000 } as const;

/** A message that has left. */
export interface Left {
  readonly to: number;
  readonly handles: readonly number[];
  readonly payload: Uint8Array;
}

/** An event for the thread. */
export interface Event {
  readonly key: number;
  readonly type?: number;
  readonly reply?: number;
  readonly handles?: readonly number[];
  readonly payload?: Uint8Array;
}

const compiled = compiledOf(EthernetCard);

/** A message of the contract, by its own codec. */
export function encoded(name: string, value: object): Uint8Array {
  const buffer = new ArrayBuffer(3 * 4096);
  const [bytes, words] = [new Uint8Array(buffer), new Uint32Array(buffer)];
  const view = new DataView(buffer);
  const writer: Writer = {
    bytes,
    words,
    view,
    start: 0,
    handles: [],
    handleCount: 0,
    problem: "",
  };
  const end = compiled.methods.find((each) => each.name === name)!.encode(writer, value);
  if (end < 0) throw new Error(writer.problem);
  return bytes.slice(0, end);
}

/** What a message says, by the contract's codec: name and fields; undefined where it is none. */
export function decoded(
  payload: Uint8Array,
): { readonly name: string; readonly fields: never } | undefined {
  const buffer = new ArrayBuffer(3 * 4096);
  const bytes = new Uint8Array(buffer);
  bytes.set(payload);
  const [words, view] = [new Uint32Array(buffer), new DataView(buffer)];
  const reader: Reader = {
    bytes,
    words,
    view,
    at: 0,
    end: payload.length,
    handles: [],
    handleCount: 0,
    handleNext: 0,
  };
  const place = compiled.find(words[0]!);
  const fields = place < 0 ? undefined : compiled.methods[place]!.decode(reader);
  return fields === undefined
    ? undefined
    : { name: compiled.methods[place]!.name, fields: fields as never };
}

/** A word of the driver's, or of the thread's to it. */
export const word = (id: number) => new Uint8Array(Uint32Array.of(id).buffer);
export const GO: Event = { key: OWNERS_KEY, payload: word(said.GO) };
export const OFF: Event = { key: OWNERS_KEY, payload: word(said.OFF) };
export const STOP: Event = { key: OWNERS_KEY, payload: word(ids.STOP) };
export const INTERRUPT: Event = { key: VECTOR.key, type: types.INTERRUPT };
export const post = (taken: number, packets: Uint32Array): Event => ({
  key: CLIENT.key,
  payload: encoded("post", { taken, packets: new Uint8Array(packets.buffer) }),
});

export function cardLoop(offloads: Offloads, byIndex: boolean) {
  const ring = new ArrayMemory(new Uint8Array(2 * QUEUE));
  const pool = new ArrayMemory(new Uint8Array(SIZE * (offloads.bufferBytes + SLOT_BYTES)));
  const receiving = new SplitRing(ring, 0, SIZE);
  const sending = new SplitRing(ring, QUEUE, SIZE);
  if (byIndex) for (const each of [receiving, sending]) each.useEventIndex();
  receiving.interruptAfter(1);
  sending.withoutInterrupts();
  const state = queueState(receiving, sending, offloads, byIndex);
  const from = SIZE * offloads.bufferBytes;
  const none = new Uint32Array(0);
  const pieces = new Uint32Array(MOST_PIECE_WORDS);
  exchange(ring.bytes, pool.bytes, state, from, none, pieces, 1, 0);
  const loop = new Uint32Array(LOOP_WORDS);
  const says = (each: SplitRing) => each.places.used + (byIndex ? 4 + 8 * SIZE : 0);
  const set: [number, number][] = [
    [loopWords.CLIENT, CLIENT.key],
    [loopWords.ENDPOINT, CLIENT.handle],
    [loopWords.VECTOR, VECTOR.key],
    [loopWords.ACKNOWLEDGED, VECTOR.handle],
    [loopWords.FROM, from],
    [loopWords.SLOTS, SIZE],
    [loopWords.SENT_SAYS, says(sending)],
    [loopWords.RECEIVED_SAYS, says(receiving)],
    [loopWords.SENT_BELL, BELLS.sent % 2 ** 32],
    [loopWords.SENT_BELL + 1, 1],
    [loopWords.RECEIVED_BELL, BELLS.received % 2 ** 32],
    [loopWords.RECEIVED_BELL + 1, 1],
    [loopWords.SENT_INDEX, 1],
    [loopWords.RECEIVED_INDEX, 0],
    [loopWords.OUT, SUBMIT],
  ];
  for (const [place, value] of set) loop[place] = value;
  const memory = new Uint8Array(area.BYTES);
  const view = new DataView(memory.buffer);
  view.setUint32(area.owner, OWNER, true);
  const packets = new Uint32Array(MOST_PACKET_WORDS);
  let now = 1_000_000;
  let submitted = 0;
  const calls: number[][] = [];
  /** Called between two rounds of a wait, behind the fence: what the device does there. */
  let between = (): void => {};

  /** One wait with these events, and what it sends. `failing`: the status of each message of the step before, by its receiver. */
  function step(list: readonly Event[], failing: (to: number) => number = () => 0): Left[] {
    now += 1000;
    let failed = 0;
    for (let at = SUBMIT; at < SUBMIT + submitted; at += view.getUint32(at, true)) {
      const status = failing(view.getUint32(at + 8, true));
      view.setInt32(at + 12, status, true);
      if (status < 0) failed += 1;
    }
    let at = EVENTS + layouts.wait.HEADER;
    for (const {
      key,
      type = types.MESSAGE,
      reply = 0,
      handles = [],
      payload = new Uint8Array(0),
    } of list) {
      const head = 40 + ((4 * handles.length + 7) & ~7);
      const size = head + ((payload.length + 7) & ~7);
      view.setUint32(at, size, true);
      view.setUint32(at + 4, type | (handles.length << 16), true);
      view.setInt32(at + 8, 0, true);
      view.setUint32(at + 12, reply, true);
      view.setBigUint64(at + 16, BigInt(key), true);
      view.setUint32(at + 32, payload.length, true);
      handles.forEach((each, i) => view.setUint32(at + 40 + 4 * i, each, true));
      memory.set(payload, at + head);
      at += size;
    }
    view.setUint32(EVENTS, at - EVENTS - layouts.wait.HEADER, true);
    view.setUint32(EVENTS + 4, failed, true);
    view.setBigUint64(EVENTS + 8, BigInt(now), true);
    for (let rounds = 0; ; rounds++) {
      if (rounds > 100) throw new Error("a step without end");
      submitted = card(memory, ring.bytes, pool.bytes, state, loop, packets, pieces);
      const count = Number(view.getBigUint64(area.calls, true));
      for (let i = 0; i < count; i++) {
        const place = area.call + i * area.CALL_BYTES;
        calls.push([0, 1, 2].map((n) => Number(view.getBigUint64(place + 8 * n, true))));
      }
      view.setBigUint64(area.calls, 0n, true);
      if (submitted >= 0) break;
      between();
    }
    const left: Left[] = [];
    for (let place = SUBMIT; place < SUBMIT + submitted; ) {
      const size = view.getUint32(place, true);
      const count = view.getUint16(place + 6, true);
      const length = view.getUint32(place + 32, true);
      const begin = place + 40 + 8 * count;
      if (size < begin - place + length || size % 8 !== 0) throw new Error("a malformed batch");
      const handles = Array.from({ length: count }, (_, i) =>
        view.getUint32(place + 40 + 8 * i, true),
      );
      left.push({
        to: view.getUint32(place + 8, true),
        handles,
        payload: memory.slice(begin, begin + length),
      });
      place += size;
    }
    return left;
  }
  return {
    ring,
    pool,
    state,
    step,
    places: [receiving.places, sending.places] as const,
    /** The system calls and bells since the last question: number, and two arguments. */
    took: () => calls.splice(0),
    bells: (all: readonly number[][]) =>
      all.filter(([number]) => number === STORE).map(([, at]) => at!),
    wake: () => {
      const at = view.getBigUint64(area.deadline, true);
      return at === 2n ** 64n - 1n ? -1 : Number(at);
    },
    ended: () => view.getBigUint64(area.end, true) !== 0n,
    at: () => now,
    onFence: (f: () => void) => {
      between = f;
    },
    toOwner: (left: readonly Left[]) =>
      left
        .filter(({ to }) => to === OWNER)
        .map(({ payload }) => new DataView(payload.buffer).getUint32(0, true)),
    toClient: (left: readonly Left[]) =>
      left.filter(({ to }) => to === CLIENT.handle).map(({ payload }) => decoded(payload)),
    OWNER,
  };
}
