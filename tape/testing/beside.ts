/** Programs beside a library that was compiled before, in the runner: both as one image, the library a fixed distance behind. */
import type { Code } from "../bytecode/program.ts";
import { DATA_BASE, HEAP_LIMIT, HEAP_START, heapStart, STACK_BYTES } from "../bytecode/program.ts";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { missing } from "../interp/machine.ts";
import type { LibraryCode } from "../lower/library-code.ts";
import { ENTER } from "../native/fiber.ts";
import { buildNative, type NativeModule, type NativeOptions } from "../native/module.ts";
import { type Traces, tracesOf } from "../pe/trace-table.ts";
import { fiberPlaces } from "../runner/program.ts";
import { type NativeLimits, Running } from "../runner/running.ts";
import { type Shown, shown } from "./run.ts";
import { testWorld } from "./world.ts";

/** Bytes of code that a program may have: what most need, since all of it goes to the runner, and what any may need. */
const DISTANCES = [1 << 15, 1 << 18];

function built(code: Code, options: NativeOptions): NativeModule {
  const done = buildNative(code, { ...options, bounds: "compare" });
  if (!done.ok) throw new Error(done.reason);
  return done.module;
}

/** Tables of both: the library's sites come behind the program's. */
function joined(own: Traces, library: Traces, distance: number): Traces {
  const first = own.fns.length + own.sites.length - library.fns.length;
  const moved = (fn: number): number => (fn < library.fns.length ? fn : fn + first);
  return {
    fault: own.fault,
    fns: [...library.fns, ...own.fns.slice(library.fns.length)],
    sites: [
      ...own.sites,
      ...library.sites.map(({ fn, caller, line }) => ({ fn, caller: moved(caller), line })),
    ],
    lines: [
      ...own.lines,
      ...library.lines.map((v, i) => (i % 3 === 0 ? v + distance : i % 3 === 1 ? moved(v) : v)),
    ],
    traps: [...own.traps, ...library.traps.map((v, i) => (i % 2 === 0 ? v + distance : v))],
  };
}

/** Runs programs that were compiled beside a library. */
export function besideRunner(library: LibraryCode): (code: Code, limits?: NativeLimits) => Shown {
  const whole = library.whole();
  const count = whole.fns.length;
  const shared = built(whole, { fiber: { shared: count } });
  const sharedTraces = tracesOf(whole, shared);
  return (code, limits = {}) => {
    const at = (distance: number) => {
      const library = { distance, fns: shared.fns, table: shared.table };
      return { distance, module: built(code, { fiber: { shared: count, library } }) };
    };
    const fits = ({ distance, module }: ReturnType<typeof at>) => module.bytes.length <= distance;
    let made = at(DISTANCES[0]);
    if (!fits(made)) made = at(DISTANCES[1]);
    if (!fits(made)) throw new Error("the program is too long for its place");
    const { distance, module } = made;
    const image = new Uint8Array(distance + shared.bytes.length);
    image.set(module.bytes);
    image.set(shared.bytes, distance);
    const start = heapStart(code);
    const first = (start + 65535) & ~65535;
    const streams = memoryStreams("");
    const world = { ...hosts(streams, ["test"]), ...testWorld() };
    const word = (v: number): Uint8Array => new Uint8Array(Int32Array.of(v).buffer);
    const running = new Running(
      {
        image,
        text: 0,
        textBytes: image.length,
        traces: joined(tracesOf(code, module), sharedTraces, distance),
        first,
        sp: start,
        spLow: start - STACK_BYTES,
        data: [
          { at: DATA_BASE, bytes: code.data },
          { at: HEAP_START, bytes: word(start) },
          { at: HEAP_LIMIT, bytes: word(first) },
        ],
        imports: code.imports.map(({ name, results }) => ({
          results,
          run: world[name as keyof typeof world] ?? missing(name),
        })),
        ...fiberPlaces(module),
      },
      limits,
    );
    const { results } = code.fns[code.main];
    return shown(running.call(module.entries.get(ENTER) ?? -1, "", [], results), streams.text());
  };
}
