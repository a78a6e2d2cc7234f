// What tape/kernels/virtqueue.tape does, once more in TypeScript over `SplitRing`, one buffer at a time: for tests that compare both.

import type { MemoryView } from "../../../sdk/runtime/shared-view.ts";
import { FRAME_AT, MORE, SLOT_BYTES, SUMS_RIGHT } from "../../../sdk/net/card-pool.ts";
import { BROKEN, NONE, type SplitRing } from "../../../sdk/virtio/split-ring.ts";
import { HEADER_BYTES, type Offloads, sentHeader } from "../offloads.ts";

/** A packet of the client: slot, slots, bytes, bytes of the last frame, data bytes a frame. */
export type Packet = readonly [number, number, number, number, number];

export class QueueModel {
  head = 0;
  room: number;
  received = 0;
  refused = 0;
  sent = 0;
  /** Slots of each batch that is out. */
  readonly batches: number[][] = [];
  private readonly receiving: SplitRing;
  private readonly sending: SplitRing;
  private readonly pool: MemoryView;
  private readonly offloads: Offloads;
  private readonly from: number;
  private readonly spoilt: boolean[] = [];
  /** Slots of packets in order, and whether each was sent. */
  private readonly leaving: { readonly slot: number; readonly slots: number; gone: boolean }[] = [];

  constructor(receiving: SplitRing, sending: SplitRing, pool: MemoryView, offloads: Offloads) {
    this.receiving = receiving;
    this.sending = sending;
    this.pool = pool;
    this.offloads = offloads;
    this.room = sending.size;
    this.from = receiving.size * offloads.bufferBytes;
    for (let slot = 0; slot < receiving.size; slot++) receiving.post(slot);
    receiving.publish();
  }

  giveBack(): void {
    for (const slot of this.batches.shift() ?? []) this.receiving.post(slot);
    this.receiving.publish();
  }

  /** Pieces, or undefined for a lie. */
  harvest(most: number): number[][] | undefined {
    const { bufferBytes, merged, checks, receivesBig } = this.offloads;
    const pieces: number[][] = [];
    const taken: number[] = [];
    while (pieces.length < most && taken.length < most) {
      const first = this.receiving.take();
      if (first === BROKEN) return undefined;
      if (first === NONE) break;
      taken.push(first);
      const bytes = this.receiving.takenBytes;
      if (bytes < HEADER_BYTES + 14 || bytes > bufferBytes) {
        this.refused += 1;
        continue;
      }
      const at = first * bufferBytes;
      const buffers = merged ? this.pool.get16(at + 10) : 1;
      if (buffers === 0 || buffers > 33) return undefined;
      const right = checks && (this.pool.get8(at) & 3) !== 0 ? SUMS_RIGHT : 0;
      const kept = receivesBig || bytes - HEADER_BYTES <= 1514;
      if (kept) this.received += 1;
      else this.refused += 1;
      const parts = [[at + HEADER_BYTES, bytes - HEADER_BYTES, right]];
      for (let count = 1; count < buffers; count++) {
        const slot = this.receiving.take();
        if (slot < 0 || this.receiving.takenBytes > bufferBytes) return undefined;
        taken.push(slot);
        parts.push([slot * bufferBytes, this.receiving.takenBytes, 0]);
      }
      if (!kept) continue;
      for (let index = 0; index + 1 < parts.length; index++) parts[index]![2]! |= MORE;
      pieces.push(...parts);
    }
    if (taken.length === 0) return pieces;
    this.batches.push(taken);
    if (pieces.length > 0) return pieces;
    for (const slot of this.batches.pop()!) this.receiving.post(slot);
    this.receiving.publish();
    return pieces;
  }

  /** False where a packet cannot be; those before it are queued. */
  post(packets: readonly Packet[]): boolean {
    const good = packets.every((packet) => this.queue(packet));
    this.sending.publish();
    return good;
  }

  private queue([slot, slots, bytes, last, size]: Packet): boolean {
    if (slot !== this.head || slots < 1 || slots > this.room) return false;
    if (slot + slots > this.sending.size) return false;
    const plain = (count: number) => count >= 14 && count <= 1514;
    if (size > 0) {
      if (!this.offloads.sendsBig || size < 64 || size > 1514) return false;
      if (bytes < 54 || bytes > slots * SLOT_BYTES - FRAME_AT) return false;
      this.send(slots, bytes, size);
    } else if (bytes === 0) this.leave(slots, true);
    else {
      if (!plain(bytes) || !plain(last) || last > bytes) return false;
      for (let count = 1; count < slots; count++) this.send(1, bytes, 0);
      this.send(1, last, 0);
    }
    return true;
  }

  private send(slots: number, bytes: number, size: number): void {
    const slot = this.head;
    const at = this.from + slot * SLOT_BYTES + FRAME_AT - HEADER_BYTES;
    const words = size > 0 ? sentHeader(this.pool.get8(at + HEADER_BYTES + 46), size) : [0, 0, 0];
    if (size > 0 || this.spoilt[slot] === true) {
      words.forEach((word, index) => this.pool.set32(at + 4 * index, word));
    }
    this.spoilt[slot] = size > 0;
    for (let index = 1; index < slots; index++) this.spoilt[slot + index] = true;
    this.sending.setBytes(slot, HEADER_BYTES + bytes);
    this.sending.post(slot);
    this.sent += 1;
    this.leave(slots, false);
  }

  private leave(slots: number, gone: boolean): void {
    this.leaving.push({ slot: this.head, slots, gone });
    this.room -= slots;
    this.head = (this.head + slots) % this.sending.size;
  }

  /** False for a lie. */
  reclaim(): boolean {
    for (let slot = this.sending.take(); slot !== NONE; slot = this.sending.take()) {
      if (slot === BROKEN) return false;
      this.leaving.find((each) => each.slot === slot && !each.gone)!.gone = true;
    }
    while (this.leaving[0]?.gone === true) this.room += this.leaving.shift()!.slots;
    return true;
  }
}
