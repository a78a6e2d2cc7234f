// Writes the START payload for a new process; the counterpart of start-info.ts, used by init.
import { layouts, limits, startFlags } from "../abi/table.ts";

export interface StartPayload {
  readonly name: string;
  readonly bundle: number;
  readonly bundleBytes: number;
  readonly heapLimit: number;
  readonly stackBytes: number;
  /** address of the page for heads of messages */
  readonly recorder?: number;
  /** 32 bytes of entropy; without it the process refuses to give random numbers */
  readonly seed?: Uint8Array;
  /** grant name and handle number in the new process's vault */
  readonly grants: readonly { readonly name: string; readonly number: number }[];
  readonly options?: { readonly [key: string]: string };
}

/** The payload, at most a message long; throws RangeError beyond that. `encode` writes UTF-8 (uusi.encode). */
export function startPayload(
  start: StartPayload,
  encode: (text: string, into: Uint8Array, at: number) => number,
): Uint8Array {
  const l = layouts.start;
  const bytes = new Uint8Array(limits.MESSAGE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(l.version, 1, true);
  view.setUint32(l.flags, start.seed === undefined ? 0 : startFlags.SEEDED, true);
  view.setUint32(l.bundle, start.bundle, true);
  view.setUint32(l.bundle + 4, Math.floor(start.bundle / 4294967296), true);
  view.setUint32(l.bundleBytes, start.bundleBytes, true);
  view.setUint32(l.heapLimit, start.heapLimit, true);
  view.setUint32(l.stackBytes, start.stackBytes, true);
  view.setUint32(l.recorder, start.recorder ?? 0, true);
  if (start.seed !== undefined) bytes.set(start.seed.subarray(0, 32), l.seed);
  const name = new Uint8Array(l.SIZE - l.name - 1);
  if (encode(start.name, name, 0) < 0) throw new RangeError(`name too long: ${start.name}`);
  bytes.set(name, l.name);
  let p: number = l.SIZE;
  const u32 = (value: number) => {
    view.setUint32(p, value, true);
    p += 4;
  };
  const text = (value: string) => {
    const n = encode(value, bytes, p + 2);
    if (n < 0) throw new RangeError("START payload exceeds a message");
    view.setUint16(p, n, true);
    p += 2 + n;
  };
  u32(start.grants.length);
  for (const grant of start.grants) {
    u32(grant.number);
    text(grant.name);
  }
  const options = Object.entries(start.options ?? {});
  u32(options.length);
  for (const [key, value] of options) {
    text(key);
    text(value);
  }
  return bytes.slice(0, p);
}
