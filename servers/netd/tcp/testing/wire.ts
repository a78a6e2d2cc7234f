// A wire between hosts on virtual time: loss, delay, rate, queue, reordering, duplicates and corruption, all from one seed.
//
// Invariant: nothing moves but by `step`, and the same seed gives the same run, event by event.

import { SeededRandom } from "./random.ts";

/** What the wire does to packets of one direction. */
export interface WireQuality {
  /** Probabilities. */
  readonly loss: number;
  readonly duplicate: number;
  readonly corrupt: number;
  readonly reorder: number;
  /** One way, in milliseconds. */
  readonly delay: number;
  /** What a reordered packet takes longer, at most, in milliseconds. */
  readonly late: number;
  /** Bytes a millisecond; 0: without limit. */
  readonly rate: number;
  /** Bytes that wait for the rate before the tail is dropped. */
  readonly queue: number;
  /** Bytes that wait above which packets that may be marked are (RFC 3168); 0: never. */
  readonly mark: number;
}

/** A fast wire without faults. */
export const perfectWire: WireQuality = {
  loss: 0,
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  delay: 1,
  late: 0,
  rate: 0,
  queue: 1 << 20,
  mark: 0,
};

/** Something at the end of a wire. */
export interface WireEnd {
  /** When it wants to be woken (milliseconds). */
  deadline(): number;
  wake(now: number): void;
  arrive(source: number, segment: Uint8Array, now: number, congestion: number): void;
}

interface Packet {
  readonly at: number;
  readonly order: number;
  readonly source: number;
  readonly destination: number;
  readonly bytes: Uint8Array;
  readonly congestion: number;
}

/** What the wire has done. */
export interface WireCounts {
  sent: number;
  lost: number;
  dropped: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  marked: number;
}

const PER_PACKET = 34;

export class Wire {
  now = 1000;
  readonly random: SeededRandom;
  readonly counts: WireCounts = {
    sent: 0,
    lost: 0,
    dropped: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    marked: 0,
  };
  quality: WireQuality;
  /** Sees every packet before the wire's faults; false: it is lost. */
  filter: (source: number, destination: number, bytes: Uint8Array) => boolean = () => true;
  readonly #ends = new Map<number, WireEnd>();
  readonly #heap: Packet[] = [];
  /** When each direction's line is free again, by its sender. */
  readonly #free = new Map<number, number>();
  #order = 0;

  constructor(seed: number, quality: WireQuality) {
    this.random = new SeededRandom(seed);
    this.quality = quality;
  }

  join(address: number, end: WireEnd): void {
    this.#ends.set(address, end);
  }

  /** Takes a packet of a host. `line`: whose line it shares, that of its sender where nothing else is said. */
  send(
    source: number,
    destination: number,
    bytes: Uint8Array,
    congestion = 0,
    line = source,
  ): void {
    const { quality, random, counts } = this;
    counts.sent += 1;
    if (!this.filter(source, destination, bytes)) return;
    if (random.chance(quality.loss)) {
      counts.lost += 1;
      return;
    }
    let leaves = this.now;
    let marks = congestion;
    if (quality.rate > 0) {
      const free = Math.max(this.now, this.#free.get(line) ?? 0);
      if ((free - this.now) * quality.rate > quality.queue) {
        counts.dropped += 1;
        return;
      }
      if (quality.mark > 0 && marks !== 0 && (free - this.now) * quality.rate > quality.mark) {
        counts.marked += 1;
        marks = 3;
      }
      leaves = free + (bytes.length + PER_PACKET) / quality.rate;
      this.#free.set(line, leaves);
    }
    this.#put(source, destination, bytes, leaves, marks);
    if (random.chance(quality.duplicate)) {
      counts.duplicated += 1;
      this.#put(source, destination, bytes, leaves, marks);
    }
  }

  #put(
    source: number,
    destination: number,
    whole: Uint8Array,
    leaves: number,
    congestion: number,
  ): void {
    const { quality, random, counts } = this;
    let at = leaves + quality.delay;
    let bytes = whole;
    if (random.chance(quality.reorder)) {
      counts.reordered += 1;
      at += random.fraction() * quality.late;
    }
    if (random.chance(quality.corrupt)) {
      counts.corrupted += 1;
      bytes = whole.slice();
      bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    }
    this.#push({ at, order: this.#order++, source, destination, bytes, congestion });
  }

  /** The next event: a packet that arrives, or a host's timer. False when there is none before `end`. */
  step(end = Number.POSITIVE_INFINITY): boolean {
    let at = this.#heap.length > 0 ? this.#heap[0]!.at : Number.POSITIVE_INFINITY;
    let woken: WireEnd | undefined;
    for (const each of this.#ends.values()) {
      const deadline = each.deadline();
      if (deadline < at) {
        at = deadline;
        woken = each;
      }
    }
    if (at > end || at === Number.POSITIVE_INFINITY) return false;
    this.now = Math.max(this.now, at);
    if (woken !== undefined) woken.wake(this.now);
    else {
      const packet = this.#pop();
      this.#ends
        .get(packet.destination)
        ?.arrive(packet.source, packet.bytes, this.now, packet.congestion);
    }
    return true;
  }

  /** Runs until `done`, or until nothing happens or `span` milliseconds have passed; whether it was done. */
  run(done: () => boolean, span = 3_600_000): boolean {
    const end = this.now + span;
    while (!done()) if (!this.step(end)) break;
    if (!done()) this.now = Math.max(this.now, end);
    return done();
  }

  #before(a: Packet, b: Packet): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #push(packet: Packet): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(packet);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(packet, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = packet;
  }

  #pop(): Packet {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
