// START as the engine reads it before any TypeScript runs (layouts.start; sdk/runtime/engine/main.c does the same).
import { firstHandles, layouts, limits, startFlags } from "../abi/table.ts";

export interface StartValues {
  bundle: number;
  bundleBytes: number;
  heapLimit: number;
  stackBytes: number;
  /** address of the page for heads of messages, 0 none */
  recorder: number;
  seed: Uint8Array | undefined;
  name: string;
  /** the grant named "log", 0 when there is none */
  log: number;
  /** bytes of events behind the wait header */
  eventBytes: number;
}

/** Reads the START event that lies in a message buffer. */
export function startValues(buffer: Uint8Array): StartValues {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const event = limits.EVENT_OFFSET + layouts.wait.HEADER;
  const handles = view.getUint16(event + layouts.event.handles, true);
  const at = event + layouts.event.HEADER + ((handles * 4 + 7) & ~7);
  const end = at + view.getUint32(event + layouts.event.length, true);
  const l = layouts.start;
  const flags = view.getUint32(at + l.flags, true);
  const name = buffer.slice(at + l.name, at + l.SIZE);
  return {
    bundle: Number(view.getBigUint64(at + l.bundle, true)),
    bundleBytes: view.getUint32(at + l.bundleBytes, true),
    heapLimit: view.getUint32(at + l.heapLimit, true),
    stackBytes: view.getUint32(at + l.stackBytes, true),
    recorder: view.getUint32(at + l.recorder, true),
    seed:
      (flags & startFlags.SEEDED) !== 0 ? buffer.slice(at + l.seed, at + l.seed + 32) : undefined,
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    log: logHandle(view, at + l.SIZE, end, (flags & startFlags.FIRST) !== 0),
    eventBytes: view.getUint32(limits.EVENT_OFFSET + layouts.wait.bytes, true),
  };
}

function logHandle(view: DataView, from: number, end: number, first: boolean): number {
  if (end - from < 4) return 0;
  let count = view.getUint32(from, true);
  let at = from + 4;
  if (first) {
    const place = at + 4 * firstHandles.DEBUG_LOG;
    return count > firstHandles.DEBUG_LOG && place + 4 <= end ? view.getUint32(place, true) : 0;
  }
  for (; count > 0 && at + 6 <= end; count--) {
    const length = view.getUint16(at + 4, true);
    const name = String.fromCharCode(
      ...new Uint8Array(view.buffer, view.byteOffset + at + 6, length),
    );
    if (name === "log") return view.getUint32(at, true);
    at += 6 + length;
  }
  return 0;
}
