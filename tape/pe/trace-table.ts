/**
 * Where traps stand and which source line each place of the code belongs to: what an executable needs to tell of a trap.
 *
 * Numbers in groups of 7 bits: version; offset of the way out; files; functions (file, name); sites (function, caller, line);
 * lines (distance, difference of function, difference of line); traps (distance, kind). Invariant: what is written reads back
 * equal; bytes that do not parse give a reason.
 */
import type { Code, FnCode } from "../bytecode/program.ts";
import type { Outcome, TraceLine } from "../interp/machine.ts";
import { MOST_TRACE } from "../native/environment.ts";
import type { NativeRead } from "../native/read-file.ts";
import { decodeUtf8 } from "../source/utf8.ts";
import { Bytes } from "./bytes.ts";

const VERSION = 1;

/** Tables with which return addresses become functions and lines. */
export interface Traces {
  readonly fault: number;
  /** Function or site (a number from `fns.length` on), by offset; -1 for code of neither. */
  readonly lines: readonly number[];
  /** Pairs: offset after the trap, kind. */
  readonly traps: readonly number[];
  readonly fns: readonly { readonly name: string; readonly file: string }[];
  readonly sites: readonly {
    readonly fn: number;
    readonly caller: number;
    readonly line: number;
  }[];
}

/** The tables of a module that was just built. */
export function tracesOf(
  code: Code,
  module: Pick<NativeRead, "fault" | "lines" | "traps" | "sites">,
): Traces {
  const fns = Array.from(code.fns, (f: FnCode | undefined) => ({
    name: f?.name ?? "",
    file: code.files[f?.file ?? 0],
  }));
  const { fault, lines, traps, sites } = module;
  return { fault, lines, traps, fns, sites };
}

/** Functions and lines of return addresses, innermost first. */
export function traceOf(t: Traces, offsets: readonly number[]): TraceLine[] {
  const out: TraceLine[] = [];
  const { lines } = t;
  const add = (fn: number, line: number): void => {
    if (fn < 0) return;
    const site = t.sites[fn - t.fns.length];
    out.push({ fn: t.fns[site?.fn ?? fn].name, file: t.fns[site?.fn ?? fn].file, line });
    if (site !== undefined) add(site.caller, site.line);
  };
  for (const offset of offsets) {
    let low = 0;
    let high = lines.length / 3 - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (lines[3 * mid] < offset) low = mid;
      else high = mid - 1;
    }
    if (lines.length > 0) add(lines[3 * low + 1], lines[3 * low + 2]);
  }
  return out.slice(0, MOST_TRACE);
}

/** Kind of the trap with a return address; undefined for a place that the table lacks, which is a fault. */
export function trapKind(t: Traces, offset: number): number | undefined {
  for (let i = 0; i < t.traps.length; i += 2) if (t.traps[i] === offset) return t.traps[i + 1];
  return undefined;
}

/** Writes the tables; functions without code are left out. */
export function encodeTraces(t: Traces): Uint8Array {
  const used = new Set<number>();
  for (let i = 1; i < t.lines.length; i += 3) use(t, t.lines[i], used);
  const fns = [...used].filter((f) => f < t.fns.length).sort((a, b) => a - b);
  const sites = [...used].filter((f) => f >= t.fns.length).sort((a, b) => a - b);
  const number = new Map([...fns, ...sites].map((f, i) => [f, i]));
  number.set(-1, -1);
  const of = (f: number): number => number.get(f) ?? -1;
  const files = [...new Set(fns.map((f) => t.fns[f].file))];
  const out = new Bytes();
  out.number(VERSION);
  out.number(t.fault);
  out.number(files.length);
  for (const file of files) out.text(file);
  out.number(fns.length);
  for (const f of fns) {
    out.number(files.indexOf(t.fns[f].file));
    out.text(t.fns[f].name);
  }
  out.number(sites.length);
  for (const s of sites) {
    const { fn, caller, line } = t.sites[s - t.fns.length];
    for (const v of [of(fn), of(caller), line]) out.number(v);
  }
  out.number(t.lines.length / 3);
  let [at, fn, line] = [0, 0, 0];
  for (let i = 0; i < t.lines.length; i += 3) {
    out.number(t.lines[i] - at);
    out.signed(of(t.lines[i + 1]) - fn);
    out.signed(t.lines[i + 2] - line);
    [at, fn, line] = [t.lines[i], of(t.lines[i + 1]), t.lines[i + 2]];
  }
  const traps: (readonly [number, number])[] = [];
  for (let i = 0; i < t.traps.length; i += 2) traps.push([t.traps[i], t.traps[i + 1]]);
  traps.sort((a, b) => a[0] - b[0]);
  out.number(traps.length);
  at = 0;
  for (const [place, kind] of traps) {
    out.number(place - at);
    out.number(kind);
    at = place;
  }
  return out.done();
}

function use(t: Traces, fn: number, used: Set<number>): void {
  if (fn < 0 || used.has(fn)) return;
  used.add(fn);
  const site = t.sites[fn - t.fns.length];
  if (site === undefined) return;
  use(t, site.fn, used);
  use(t, site.caller, used);
}

class Cut extends Error {}

/** Reads the tables, or says what is wrong with them. */
export function decodeTraces(bytes: Uint8Array): Traces | string {
  let at = 0;
  const byte = (): number => {
    if (at >= bytes.length) throw new Cut();
    return bytes[at++];
  };
  const number = (): number => {
    let v = 0;
    for (let scale = 1; scale < 2 ** 42; scale *= 128) {
      const b = byte();
      v += (b & 127) * scale;
      if (b < 128) return v;
    }
    throw new Cut();
  };
  const signed = (): number => {
    const v = number();
    return v % 2 === 0 ? v / 2 : -(v + 1) / 2;
  };
  const text = (): string => {
    const n = number();
    if (n > bytes.length - at) throw new Cut();
    at += n;
    return decodeUtf8(bytes.subarray(at - n, at)).text;
  };
  /** That many things, of which each has at least one byte. */
  const list = <T>(one: () => T): T[] => {
    const n = number();
    if (n > bytes.length - at) throw new Cut();
    const out: T[] = [];
    for (let i = 0; i < n; i++) out.push(one());
    return out;
  };
  const below = (v: number, n: number): number => {
    if (!(v >= 0 && v < n)) throw new Cut();
    return v;
  };
  try {
    if (number() !== VERSION) return "the trace table has another version; build the program again";
    const fault = number();
    const files = list(text);
    const fns = list(() => ({ file: files[below(number(), files.length)], name: text() }));
    let count = fns.length;
    const sites = list(() => {
      const fn = below(number(), fns.length);
      const caller = number();
      // A site stands behind the one that calls it, so that a trace ends.
      return { fn, caller: below(caller, count++), line: number() };
    });
    const lines: number[] = [];
    let [place, fn, line] = [0, 0, 0];
    list(() => {
      place += number();
      fn += signed();
      line += signed();
      lines.push(place, below(fn + 1, count + 1) - 1, line);
    });
    const traps: number[] = [];
    place = 0;
    list(() => {
      place += number();
      traps.push(place, number());
    });
    return { fault, lines, traps, fns, sites };
  } catch (e) {
    if (e instanceof Cut) return "the trace table is cut off or damaged";
    throw e;
  }
}

/** What a call that trapped tells, from what the environment block holds. */
export function trapOutcome(
  t: Traces,
  kinds: readonly string[],
  told: {
    readonly stop: number;
    readonly asked: number;
    readonly offsets: readonly number[];
    /** The text that the code left, and the one that an import gave. */
    readonly text: () => string;
    readonly hostText: string;
  },
): Outcome {
  const known = trapKind(t, told.offsets[0] ?? -1) ?? kinds.indexOf("bad address");
  const kind = told.stop !== 0 ? told.stop : known === 0 ? told.asked : known;
  const text = known === 0 ? told.hostText : told.text();
  return { ok: false, trap: kinds[kind] ?? "trap", text, trace: traceOf(t, told.offsets) };
}
