// Submissions and events as values (layouts.submission, layouts.event in sdk/abi/table.ts).
import { layouts, limits, operations, transfers } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";

const buffer = uusi.buffer;
const view = new DataView(buffer);
const bytes = new Uint8Array(buffer);

/** A handle on its way: moved, or copied with `copy`, with `keep` of its rights (default all). */
export interface Passed {
  handle: number;
  copy?: boolean;
  keep?: number;
}

export interface Entry {
  operation: number;
  handle: number;
  cookie?: number;
  /** ns since boot, 0 none */
  deadline?: number;
  port?: number;
  handles?: Passed[];
  payload?: Uint8Array;
  /** the size field as it is written, where a test wants a wrong one */
  size?: number;
  /** the length field, likewise */
  length?: number;
  /** the number of handles, likewise */
  count?: number;
}

export const send = (
  handle: number,
  payload = new Uint8Array(0),
  handles: Passed[] = [],
): Entry => ({
  operation: operations.SEND,
  handle,
  payload,
  handles,
});
export const call = (
  handle: number,
  port: number,
  cookie: number,
  more: Partial<Entry> = {},
): Entry => ({
  operation: operations.CALL,
  handle,
  port,
  cookie,
  ...more,
});
export const reply = (
  handle: number,
  payload = new Uint8Array(0),
  handles: Passed[] = [],
): Entry => ({
  operation: operations.REPLY,
  handle,
  payload,
  handles,
});
export const cancel = (port: number, cookie: number): Entry => ({
  operation: operations.CANCEL,
  handle: 0,
  port,
  cookie,
});

const word = (at: number, value: number) => {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32) >>> 0, true);
};

/** Bytes that an entry takes. */
export function entryBytes(e: Entry): number {
  const handles = e.handles?.length ?? 0;
  return (layouts.submission.HEADER + handles * 8 + (e.payload?.length ?? 0) + 7) & ~7;
}

/** Writes a batch into the submit area; returns its bytes. */
export function writeBatch(entries: Entry[]): number {
  const l = layouts.submission;
  let at: number = limits.SUBMIT_OFFSET;
  for (const e of entries) {
    const handles = e.handles ?? [];
    const payload = e.payload ?? new Uint8Array(0);
    const size = entryBytes(e);
    bytes.fill(0, at, at + size);
    view.setUint32(at + l.size, e.size ?? size, true);
    view.setUint16(at + l.operation, e.operation, true);
    view.setUint16(at + l.handles, e.count ?? handles.length, true);
    view.setUint32(at + l.handle, e.handle, true);
    word(at + l.cookie, e.cookie ?? 0);
    word(at + l.deadline, e.deadline ?? 0);
    view.setUint32(at + l.length, e.length ?? payload.length, true);
    view.setUint32(at + l.port, e.port ?? 0, true);
    let p = at + l.HEADER;
    for (const h of handles) {
      view.setUint32(p, h.handle, true);
      view.setUint32(p + 4, (h.keep ?? 0xfff) | (h.copy ? transfers.COPY : 0), true);
      p += 8;
    }
    bytes.set(payload, p);
    at += size;
  }
  return at - limits.SUBMIT_OFFSET;
}

/** The statuses that the nucleus wrote into a batch. */
export function readStatuses(entries: Entry[]): number[] {
  let at: number = limits.SUBMIT_OFFSET;
  return entries.map((e) => {
    const status = view.getInt32(at + layouts.submission.status, true);
    at += entryBytes(e);
    return status;
  });
}

export interface Event {
  type: number;
  status: number;
  reply: number;
  key: number;
  badge: number;
  handles: number[];
  payload: Uint8Array;
}

const number64 = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;

/** The events that lie in the event area, `total` bytes of them. */
export function readEvents(total: number): Event[] {
  const l = layouts.event;
  const found: Event[] = [];
  let at: number = limits.EVENT_OFFSET + layouts.wait.HEADER;
  const end = at + total;
  while (at < end) {
    const size = view.getUint32(at + l.size, true);
    if (size < l.HEADER || size % 8 !== 0 || at + size > end)
      throw new Error(`event of ${size} bytes`);
    const count = view.getUint16(at + l.handles, true);
    const handles: number[] = [];
    for (let i = 0; i < count; i++) handles.push(view.getUint32(at + l.HEADER + i * 4, true));
    const payload = at + l.HEADER + ((count * 4 + 7) & ~7);
    found.push({
      type: view.getUint16(at + l.type, true),
      status: view.getInt32(at + l.status, true),
      reply: view.getUint32(at + l.reply, true),
      key: number64(at + l.key),
      badge: number64(at + l.badge),
      handles,
      payload: bytes.slice(payload, payload + view.getUint32(at + l.length, true)),
    });
    at += size;
  }
  return found;
}

/** The header of the last wait. */
export function waitHeader(): { bytes: number; failed: number; now: number; clock: number } {
  const l = layouts.wait;
  const at = limits.EVENT_OFFSET;
  return {
    bytes: view.getUint32(at + l.bytes, true),
    failed: view.getUint32(at + l.failed, true),
    now: number64(at + l.now),
    clock: number64(at + l.clock),
  };
}

/** Text to bytes and back, ASCII. */
export const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
export const asText = (payload: Uint8Array) => String.fromCharCode(...payload);
