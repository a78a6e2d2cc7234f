// An event apart from any channel: its bytes and handles. What waits for a slow client moves to new code so (sdk/hot/waiting-events.ts), and what
// is dropped while it waits shows its handles so.
import type { Writer } from "./channel.ts";
import type { CompiledMethod } from "./compiled.ts";

/** A message, and what its encoder may write behind it. */
const BYTES = 8192;
const MESSAGE = 4096;

export class EncodedEvent {
  readonly bytes: Uint8Array;
  readonly handles: readonly number[];
  constructor(bytes: Uint8Array, handles: readonly number[]) {
    this.bytes = bytes;
    this.handles = handles;
  }
}

let scratch: Writer | undefined;

/** The event of fields that were encoded before, so that they can be. */
export function encodedEvent(method: CompiledMethod, fields: object): EncodedEvent {
  if (fields instanceof EncodedEvent) return fields;
  if (scratch === undefined) {
    const bytes = new Uint8Array(BYTES);
    scratch = {
      bytes,
      words: new Uint32Array(bytes.buffer),
      view: new DataView(bytes.buffer),
      start: 0,
      handles: [],
      handleCount: 0,
      problem: "",
    };
  }
  scratch.handleCount = 0;
  const end = method.encode(scratch, fields);
  const made = new EncodedEvent(
    scratch.bytes.slice(0, Math.max(end, 0)),
    scratch.handles.slice(0, scratch.handleCount),
  );
  if (method.secret) scratch.bytes.fill(0, 0, MESSAGE);
  return made;
}
