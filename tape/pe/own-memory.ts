/**
 * Programs that bring their linear memory and environment block along, as zeros of the image: UEFI applications, and the system's
 * part of a native process. Invariant: they import nothing but `machine.` instructions.
 */
import { type Code, heapStart } from "../bytecode/program.ts";
import type { ModuleState } from "../native/emit.ts";
import { environment } from "../native/environment.ts";
import { buildNative } from "../native/module.ts";
import { BASE_FEATURES } from "../native/processor.ts";
import { Label } from "../x86-64/encode.ts";
import { Bytes } from "./bytes.ts";
import {
  type ExecutableBuilt,
  pointAt,
  withoutZeros,
  writeDebug,
  writeUnwind,
} from "./executable.ts";
import * as pe from "./format.ts";
import { encodeTraces, tracesOf } from "./trace-table.ts";
import { sectionAddresses, writePe } from "./write.ts";

/** What the first instructions find where. */
export interface Places {
  readonly data: Label;
  readonly block: Label;
  readonly memory: Label;
  readonly traces: Label;
  readonly entries: ReadonlyMap<string, Label>;
  /** Bytes of data; start of the heap; bytes of linear memory at first, at most. */
  readonly dataBytes: number;
  readonly heap: number;
  readonly first: number;
  readonly most: number;
}

export interface OwnMemory {
  readonly subsystem: number;
  readonly imageBase: number;
  readonly align: number;
  readonly stack: number;
  readonly memory: number;
  /** Features of the processor that the code may use. */
  readonly features?: number;
  /** Exports that `start` enters. */
  readonly exports: readonly string[];
  readonly start: (m: ModuleState, places: Places) => void;
}

/** Compiles a verified program. */
export function buildWithMemory(code: Code, kind: OwnMemory): ExecutableBuilt {
  if (code.main < 0) return { ok: false, reason: "there is no `main` to start at" };
  const foreign = code.imports.find((i) => !/^(machine|uefi|uusi)\./.test(i.name));
  if (foreign !== undefined)
    return { ok: false, reason: `nothing provides \`${foreign.name}\` there` };
  const data = withoutZeros(code.data);
  const heap = heapStart(code);
  const first = Math.ceil(heap / 65536) * 65536;
  const most = Math.max(kind.memory, first);
  const [initial, block, memory, traces] = [1, 2, 3, 4].map(() => new Label());
  const built = buildNative(
    { ...code, exports: code.exports.filter((e) => kind.exports.includes(e.name)) },
    {
      bounds: "compare",
      machine: true,
      features: kind.features ?? BASE_FEATURES,
      start: (m, entries) => {
        const sizes = { dataBytes: data.length, heap, first, most };
        kind.start(m, { data: initial, block, memory, traces, entries, ...sizes });
      },
    },
  );
  if (!built.ok) return built;
  const { module } = built;
  const text = module.bytes;
  const out = new Bytes();
  const directories = new Map<number, readonly [number, number]>();
  const [textAt, dataAt] = sectionAddresses([text.length, 1]);
  const [exceptions, exceptionBytes] = writeUnwind(out, module.frames, textAt, dataAt);
  directories.set(pe.directory.exceptions, [dataAt + exceptions, exceptionBytes]);
  const initialAt = out.length;
  out.bytes(data);
  const [debug, debugBytes] = writeDebug(
    out,
    encodeTraces(tracesOf(code, module)),
    dataAt,
    module.features,
  );
  directories.set(pe.directory.debug, [dataAt + debug, debugBytes]);
  const rdata = out.done();
  const blockBytes = Math.ceil(environment.end / pe.PAGE) * pe.PAGE;
  const zerosAt = sectionAddresses([text.length, rdata.length, 1])[2];
  pointAt(text, initial, dataAt + initialAt - textAt);
  pointAt(text, traces, dataAt + debug + debugBytes - textAt);
  pointAt(text, block, zerosAt - textAt);
  pointAt(text, memory, zerosAt + blockBytes - textAt);
  const { code: isCode, data: isData, zeros, execute, read, write } = pe.sectionFlags;
  return {
    ok: true,
    bytes: writePe({
      subsystem: kind.subsystem,
      imageBase: kind.imageBase,
      align: kind.align,
      entry: textAt + (module.entries.get("start") ?? 0),
      sections: [
        { name: ".text", bytes: text, memory: text.length, flags: isCode | execute | read },
        { name: ".pdata", bytes: rdata, memory: rdata.length, flags: isData | read },
        {
          name: ".bss",
          bytes: new Uint8Array(0),
          memory: blockBytes + most,
          flags: zeros | read | write,
        },
      ],
      directories,
      stack: [kind.stack, kind.stack],
      heap: [most, first],
    }),
  };
}

/** The label of an entry that `start` needs. */
export function entryOf(places: Places, name: string): Label {
  const label = places.entries.get(name);
  if (label === undefined) throw new Error(`the program has no function \`${name}\``);
  return label;
}
