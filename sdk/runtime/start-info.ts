// The START payload (layouts.start) as values.
import { layouts, startFlags } from "../abi/table.ts";
import { uusi } from "./binding.ts";
import { messageBuffer } from "./message-buffer.ts";

/** What a process was started with. */
export interface Start {
  readonly name: string;
  readonly seeded: boolean;
  /** init alone: handle numbers in the order of `firstHandles`; else empty */
  readonly first: readonly number[];
  /** grant name ("bootstrap", "log", "serve:/svc/net", "device:serial/ports", ...) -> handle number */
  readonly grants: { readonly [name: string]: number };
  readonly options: { readonly [key: string]: string };
}

/** Reads the START event at `at` (its payload, `length` bytes, its own handles in `handles`). Throws on a payload that init cannot have made. */
export function readStart(at: number, length: number, handles: readonly number[]): Start {
  const l = layouts.start;
  const { view, bytes } = messageBuffer;
  if (length < l.SIZE || view.getUint32(at + l.version, true) !== 1)
    throw new Error("START payload of an unknown version");
  const flags = view.getUint32(at + l.flags, true);
  let end = at + l.name;
  while (end < at + l.SIZE && bytes[end] !== 0) end++;
  const name = uusi.decode(bytes, at + l.name, end - at - l.name) ?? "?";
  const start = {
    name,
    seeded: (flags & startFlags.SEEDED) !== 0,
    first: [] as number[],
    grants: {} as Record<string, number>,
    options: {} as Record<string, string>,
  };
  let p = at + l.SIZE;
  const limit = at + length;
  const u32 = () => {
    if (p + 4 > limit) throw new Error("START payload is cut short");
    p += 4;
    return view.getUint32(p - 4, true);
  };
  const text = () => {
    if (p + 2 > limit) throw new Error("START payload is cut short");
    const n = view.getUint16(p, true);
    if (p + 2 + n > limit) throw new Error("START payload is cut short");
    p += 2 + n;
    return uusi.decode(bytes, p - n, n) ?? "";
  };
  if (p === limit) return start;
  let count = u32();
  if ((flags & startFlags.FIRST) !== 0) {
    for (; count > 0; count--) start.first.push(u32());
    return start;
  }
  let next = 0;
  for (; count > 0; count--) {
    const number = u32();
    start.grants[text()] = number !== 0 ? number : (handles[next++] ?? 0);
  }
  if (p === limit) return start;
  for (count = u32(); count > 0; count--) {
    const key = text();
    start.options[key] = text();
  }
  return start;
}
