// The heads of a simulated process's last messages, written as sdk/runtime/engine/recorder.c does it on the nucleus.
import { events, layouts, limits, operations } from "../abi/table.ts";
import { TRACED } from "../contract/tracing.ts";
import {
  RECEIVED,
  recorderEntry as entry,
  recorderPage as page,
} from "../runtime/recorder-page.ts";
import type { ProcessHost } from "./binding.ts";

export class SimRecorder {
  readonly #host: ProcessHost;
  readonly #address: number;
  #count = 0;

  /** `address`: of the page in the process, 0 for none. */
  constructor(host: ProcessHost, address: number) {
    this.#host = host;
    this.#address = address;
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
      if (operation <= operations.REPLY)
        this.#add(view, at + l.HEADER + 8 * handles, view.getUint32(at + l.length, true), {
          kind: operation,
          handles,
          channel: view.getUint32(at + l.handle, true),
          status: 0,
          cookie: view.getUint32(at + l.cookie, true),
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
      this.#add(view, payload, view.getUint32(at + l.length, true), {
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

  #add(
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
    const place = this.#count % page.ENTRIES;
    this.#host.store(this.#address + page.FIRST + place * page.ENTRY, bytes);
    this.#count += 1;
    this.#host.set(this.#address + page.COUNT, 8, this.#count);
  }
}
