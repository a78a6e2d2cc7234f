// The heads of the last messages of each channel of a simulated process, written as sdk/runtime/engine/recorder.c does it on the nucleus.
import { events, layouts, limits, operations } from "../abi/table.ts";
import { TRACED } from "../contract/tracing.ts";
import {
  RECEIVED,
  recorderEntry as entry,
  recorderPage as page,
  recorderRing as ring,
  ringOf,
} from "../runtime/recorder-page.ts";
import type { ProcessHost } from "./binding.ts";

export class SimRecorder {
  readonly #host: ProcessHost;
  readonly #address: number;
  // slots of the loop by handles of channels and replies, and by cookies
  readonly #handles = new Map<number, number>();
  readonly #cookies = new Map<number, number>();

  /** `address`: of the memory in the process, 0 for none. */
  constructor(host: ProcessHost, address: number) {
    this.#host = host;
    this.#address = address;
  }

  /** Events of what that handle names have that key from now on: the loop's slot. */
  bound(handle: number, slot: number): void {
    if (this.#address === 0) return;
    const at = this.#ringAt(slot);
    if (slot !== 0 && this.#host.get(at + ring.handle, 4) !== handle)
      this.#host.set(at + ring.next, 4, handle);
    this.#handles.set(handle, slot);
  }

  /** Submissions that are about to leave; the turn is over. An engine whose memory was damaged may have written anything: what does not add up ends the list. */
  submitted(bytes: number): void {
    if (this.#address === 0) return;
    const view = this.#view();
    const l = layouts.submission;
    const end = Math.min(limits.SUBMIT_OFFSET + bytes, limits.EVENT_OFFSET);
    for (let at = limits.SUBMIT_OFFSET; at + l.HEADER <= end; ) {
      const size = view.getUint32(at + l.size, true);
      if (size < l.HEADER || size > end - at) break;
      const operation = view.getUint16(at + l.operation, true);
      const handles = view.getUint16(at + l.handles, true);
      const handle = view.getUint32(at + l.handle, true);
      const cookie = view.getUint32(at + l.cookie, true);
      const slot = this.#handles.get(handle) ?? 0;
      if (operation === operations.CALL) this.#cookies.set(cookie, slot);
      if (operation <= operations.REPLY)
        this.#add(slot, view, at + l.HEADER + 8 * handles, view.getUint32(at + l.length, true), {
          kind: operation,
          handles,
          channel: handle,
          status: 0,
          cookie,
        });
      at += size;
    }
    this.#host.set(this.#address + page.TURN, 8, 0);
  }

  /** Events that have arrived; a turn begins. */
  received(bytes: number): void {
    if (this.#address === 0) return;
    const view = this.#view();
    const l = layouts.event;
    const first = limits.EVENT_OFFSET + layouts.wait.HEADER;
    for (let at = first; at < first + bytes; ) {
      const type = view.getUint16(at + l.type, true);
      const handles = view.getUint16(at + l.handles, true);
      const key = view.getUint32(at + l.key, true);
      const payload = at + l.HEADER + ((4 * handles + 7) & ~7);
      const slot = type === events.REPLY ? (this.#cookies.get(key) ?? 0) : key;
      if (type === events.CALL) this.#handles.set(view.getUint32(at + l.reply, true), slot);
      this.#add(slot, view, payload, view.getUint32(at + l.length, true), {
        kind: RECEIVED + type,
        handles,
        channel: key,
        status: view.getInt32(at + l.status, true),
        cookie: type === events.CALL ? view.getUint32(at + l.reply, true) : key,
      });
      at += view.getUint32(at + l.size, true);
    }
    this.#host.set(this.#address + page.TURN, 8, this.#now(view));
  }

  #view(): DataView {
    const buffer = this.#host.buffer();
    return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  #now(view: DataView): number {
    return Number(view.getBigUint64(limits.EVENT_OFFSET + layouts.wait.now, true));
  }

  #ringAt(slot: number): number {
    const rings = this.#host.get(this.#address + page.RINGS, 4);
    return this.#address + page.FIRST + ringOf(slot, rings) * page.RING;
  }

  /** Where that channel's ring is told of, which from now on is its own. */
  #take(slot: number): number {
    const host = this.#host;
    const at = this.#ringAt(slot);
    const was = host.get(at + ring.slot, 2);
    const bound = host.get(at + ring.next, 4);
    const next = (this.#handles.get(bound) ?? 0) === slot ? bound : 0;
    if (was === slot && next === 0) return at;
    const other = was !== slot && host.get(at + ring.count, 4) > 0;
    const given = this.#address + page.GIVEN;
    if (other) host.set(given, 4, host.get(given, 4) + 1);
    host.set(at + ring.handle, 4, next);
    host.set(at + ring.count, 4, 0);
    host.set(at + ring.slot, 2, slot);
    host.set(at + ring.before, 2, other ? was : 0);
    host.set(at + ring.next, 4, 0);
    return at;
  }

  #add(
    slot: number,
    view: DataView,
    payload: number,
    length: number,
    head: { kind: number; handles: number; channel: number; status: number; cookie: number },
  ): void {
    const bytes = new Uint8Array(page.ENTRY);
    const to = new DataView(bytes.buffer);
    const there = payload + length <= view.byteLength;
    const word = length >= 4 && there ? view.getUint32(payload, true) : 0;
    const traced = word === TRACED && length >= 12 && there;
    to.setBigUint64(entry.time, BigInt(this.#now(view)), true);
    to.setUint8(entry.kind, head.kind);
    to.setUint8(entry.handles, head.handles);
    to.setUint16(entry.bytes, length, true);
    to.setUint32(entry.channel, head.channel, true);
    to.setUint32(entry.word, traced ? view.getUint32(payload + 8, true) : word, true);
    to.setInt32(entry.status, head.status, true);
    to.setUint32(entry.cookie, head.cookie, true);
    to.setUint32(entry.trace, traced ? view.getUint32(payload + 4, true) : 0, true);
    const at = this.#take(slot);
    const count = this.#host.get(at + ring.count, 4);
    const place =
      ((at - this.#address - page.FIRST) / page.RING) * page.ENTRIES + (count % page.ENTRIES);
    this.#host.store(this.#address + page.BYTES + place * page.ENTRY, bytes);
    this.#host.set(at + ring.count, 4, count + 1);
  }
}
