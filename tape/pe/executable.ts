/**
 * A compiled program as an executable of LeivOS: code, and beside it what is only read.
 *
 * `.pdata` holds unwind tables, initial data, imports, the trace table and the manifest: one section for all that is read, so that small files are
 * small, with the name by which tools find the table of functions that it begins with. Invariant: the image is never written, so
 * that all processes share it, and a function that nothing reaches is not in it.
 */
import { type Code, heapStart } from "../bytecode/program.ts";
import { buildNative } from "../native/module.ts";
import { BASE_FEATURES } from "../native/processor.ts";
import { Label } from "../x86-64/encode.ts";
import { Bytes } from "./bytes.ts";
import * as pe from "./format.ts";
import { writeImports } from "./imports.ts";
import { MOST_MANIFEST, writeManifest } from "./manifest.ts";
import { writeMemory } from "./start.ts";
import { encodeTraces, tracesOf } from "./trace-table.ts";
import { unwindTables } from "./unwind.ts";
import { sectionAddresses, writePe } from "./write.ts";

export interface ExecutableOptions {
  /** Text of the manifest; empty when the program uses nothing. */
  readonly manifest?: string;
  /** Most bytes of linear memory, a multiple of 64 KiB. */
  readonly memory?: number;
  /** Features of the processor that the code may use (`native/processor.ts`). */
  readonly features?: number;
  /** Whether file and image are the same bytes, so that pages of the file can be mapped. */
  readonly pages?: boolean;
}

/** What the program is to be compiled with: text of floats is Tape, as no loader has it. */
export const executableOptions = {
  provided: {
    "fmt.f64": ["decimal", "f64_text"],
    "fmt.f32": ["decimal", "f32_text"],
    "fmt.parse": ["decimal", "parse"],
  },
} as const;

export type ExecutableBuilt =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: string };

const BASE = 0x140000000;
/** Bytes of the machine stack. */
const STACK = 1 << 20;
const MEMORY = 256 << 20;

/** Compiles a verified program that has a `main` and was compiled with `executableOptions`. */
export function buildExecutable(code: Code, options: ExecutableOptions = {}): ExecutableBuilt {
  if (code.main < 0) return { ok: false, reason: "there is no `main` to start at" };
  const manifest = options.manifest ?? "";
  if (manifest.length > MOST_MANIFEST)
    return { ok: false, reason: `a manifest has at most ${MOST_MANIFEST} bytes` };
  const data = withoutZeros(code.data);
  const heap = heapStart(code);
  const initial = new Label();
  const built = buildNative(
    { ...code, exports: [] },
    {
      bounds: "compare",
      features: options.features ?? BASE_FEATURES,
      start: (m) => writeMemory(m, initial, data.length, heap),
    },
  );
  if (!built.ok) return built;
  const { module } = built;
  const text = module.bytes;
  const [textAt, dataAt] = sectionAddresses([text.length, 1]);
  const out = new Bytes();
  const directories = new Map<number, readonly [number, number]>();
  const enter = (which: number, [at, size]: readonly [number, number]): void => {
    directories.set(which, [dataAt + at, size]);
  };
  enter(pe.directory.exceptions, writeUnwind(out, module.frames, textAt, dataAt));
  const initialAt = out.length;
  out.bytes(data);
  enter(
    pe.directory.imports,
    writeImports(
      out,
      code.imports.map((i) => i.name),
      dataAt,
    ),
  );
  enter(
    pe.directory.debug,
    writeDebug(out, encodeTraces(tracesOf(code, module)), dataAt, module.features),
  );
  if (manifest !== "") enter(pe.directory.resources, writeManifest(out, manifest, dataAt));
  const { code: isCode, data: isData, execute, read } = pe.sectionFlags;
  const rdata = out.done();
  pointAt(text, initial, dataAt + initialAt - textAt);
  const first = Math.ceil(heap / 65536) * 65536;
  return {
    ok: true,
    bytes: writePe({
      subsystem: pe.subsystems.native,
      imageBase: BASE,
      entry: textAt + (module.entries.get("start") ?? 0),
      sections: [
        { name: ".text", bytes: text, memory: text.length, flags: isCode | execute | read },
        { name: ".pdata", bytes: rdata, memory: rdata.length, flags: isData | read },
      ],
      directories,
      stack: [STACK, STACK],
      align: options.pages === true ? pe.PAGE : pe.FILE_ALIGN,
      heap: [Math.max(options.memory ?? MEMORY, first), first],
    }),
  };
}

/** Bytes of a function in the exception directory, and of the entry of zeros at which tools that look at the whole section stop. */
const ENTRY = 12;

/** Exception directory, at the start of the section, and its descriptions; functions at `textAt`. */
export function writeUnwind(
  out: Bytes,
  frames: Parameters<typeof unwindTables>[0],
  textAt: number,
  base: number,
): readonly [number, number] {
  const { functions, descriptions } = unwindTables(frames);
  const bytes = ENTRY * functions.length;
  for (const f of functions) {
    out.u32(textAt + f.from);
    out.u32(textAt + f.to);
    out.u32(base + bytes + ENTRY + f.description);
  }
  out.zeros(ENTRY);
  out.bytes(descriptions);
  return [0, bytes];
}

/** Debug directory with the trace table as its one entry, whose first word, reserved by the format, is the key of features. */
export function writeDebug(
  out: Bytes,
  table: Uint8Array,
  base: number,
  features: number,
): readonly [number, number] {
  out.align(4);
  const at = out.length;
  out.u32(features);
  out.zeros(8);
  out.u32(pe.TRACE_TABLE);
  out.u32(table.length);
  out.u32(base + at + 28);
  // Where it lies in the file follows from its section, which alone need be known.
  out.u32(0);
  out.bytes(table);
  return [at, 28];
}

/** Bytes up to the last one that is not 0. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  let n = bytes.length;
  while (n > 0 && bytes[n - 1] === 0) n--;
  return bytes.subarray(0, n);
}

/** Fills the fields that wait for a label with their distance to `offset`, which counts from the start of `code`. */
export function pointAt(code: Uint8Array, label: Label, offset: number): void {
  for (let i = 0; i < label.fields.length; i += 2) {
    const v = offset - label.fields[i + 1];
    for (let k = 0; k < 4; k++) code[label.fields[i] + k] = (v >>> (8 * k)) & 255;
  }
}
