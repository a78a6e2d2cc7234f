/**
 * Native `.tb` files: machine code with its tables in front of the bytecode that it was made of.
 *
 * A header of `HEADER` bytes, tables, the `.tb` file, and from the next page on the code, so that a system maps head and
 * code apart and reads the head in place. `README.md` has the layout. Invariant: the key (source, compiler, processor) is
 * in the header; whoever runs the code compares it first.
 */
import { encode } from "../bytecode/encode.ts";
import { traps } from "../bytecode/op-table.ts";
import type { Code } from "../bytecode/program.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import type { NativeModule } from "./module.ts";

/** "TAPN" as a little-endian number. */
export const NATIVE_MAGIC = 0x4e504154;
/** Of compiler, calling convention and this format together: raised when code made before is not to be run any more. */
export const NATIVE_VERSION = 1;
export const HEADER = 128;
const PAGE = 4096;

export { BASE_FEATURES, features } from "./processor.ts";

/** Offsets of the header's 32-bit words. */
export const header = {
  magic: 0,
  version: 4,
  features: 8,
  code: 12,
  codeBytes: 16,
  bytecode: 20,
  bytecodeBytes: 24,
  data: 28,
  dataBytes: 32,
  exports: 36,
  exportCount: 40,
  traps: 44,
  trapCount: 48,
  lines: 52,
  lineCount: 56,
  functions: 60,
  functionCount: 64,
  fault: 68,
  places: 72,
  table: 76,
  next: 80,
  source: 96,
} as const;

/** An export as machine code is called: `letters` as in `embed/letters.ts`. */
export interface NativeExport {
  readonly name: string;
  readonly letters: string;
}

class Sink {
  #bytes = new Uint8Array(65536);
  at = HEADER;

  room(bytes: number): number {
    const start = (this.at + 7) & ~7;
    this.at = start + bytes;
    while (this.at > this.#bytes.length) {
      const next = new Uint8Array(this.#bytes.length * 2);
      next.set(this.#bytes);
      this.#bytes = next;
    }
    return start;
  }

  put(bytes: Uint8Array): number {
    const start = this.room(bytes.length);
    this.#bytes.set(bytes, start);
    return start;
  }

  words(list: readonly number[], start = this.room(4 * list.length)): number {
    list.forEach((value, i) => {
      for (let k = 0; k < 4; k++) this.#bytes[start + 4 * i + k] = value >> (8 * k);
    });
    return start;
  }

  /** UTF-8 with a NUL behind. */
  text(text: string): number {
    return this.put(bytesOf(`${toByteString(text)}\0`));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.at);
  }
}

/**
 * Writes a file; `exports` are those to be called, all of which `module` has entries of.
 * @param whole whether the bytecode is to be in it
 */
export function encodeNative(
  code: Code,
  module: NativeModule,
  exports: readonly NativeExport[],
  whole = true,
): Uint8Array {
  const sink = new Sink();
  const head: { -readonly [field in keyof typeof header]?: number } = {
    magic: NATIVE_MAGIC,
    version: NATIVE_VERSION,
    features: module.features,
    fault: module.fault,
    table: module.table,
  };
  head.exports = sink.words(
    exports.flatMap(({ name, letters }) => [
      module.entries.get(name) ?? -1,
      sink.text(letters),
      sink.text(name),
    ]),
  );
  head.exportCount = exports.length;
  const kinds = new Map<number, number>();
  head.traps = sink.words(
    module.traps.flatMap((kind, i, list) => {
      if (i % 2 === 0) return [];
      if (!kinds.has(kind)) kinds.set(kind, sink.text(traps[kind] ?? "trap"));
      return [list[i - 1], kind, kinds.get(kind) ?? 0];
    }),
  );
  head.trapCount = module.traps.length / 2;
  head.lines = sink.words(module.lines);
  head.lineCount = module.lines.length / 3;
  const files = code.files.map((file) => sink.text(file));
  const names = code.fns.map((fn) => sink.text(fn.name));
  const own = code.fns.flatMap((fn, i) => [names[i], files[fn.file], -1, 0]);
  const sites = module.sites.flatMap(({ fn, caller, line }) => [
    names[fn],
    files[code.fns[fn].file],
    caller,
    line,
  ]);
  head.functions = sink.words([...own, ...sites]);
  head.functionCount = code.fns.length + module.sites.length;
  head.places = sink.words(module.fns);
  head.data = sink.put(code.data);
  head.dataBytes = code.data.length;
  const bytecode = whole ? encode(code) : new Uint8Array(0);
  head.bytecode = sink.put(bytecode);
  head.bytecodeBytes = bytecode.length;
  sink.at = Math.ceil(sink.at / PAGE) * PAGE;
  head.code = sink.put(module.bytes);
  head.codeBytes = module.bytes.length;
  for (const [field, value] of Object.entries(head))
    sink.words([value], header[field as keyof typeof header]);
  sink.words(
    Array.from({ length: 8 }, (_, i) =>
      Number.parseInt(
        code.source.slice(8 * i, 8 * i + 8).replace(/(..)(..)(..)(..)/, "$4$3$2$1"),
        16,
      ),
    ),
    header.source,
  );
  return sink.finish();
}

/**
 * One file of several, all of one source: each for a processor with more than the one before it. The first stands for all where features do
 * not count.
 */
export function joinNative(files: readonly Uint8Array[]): Uint8Array {
  const starts: number[] = [];
  let end = 0;
  for (const file of files) {
    starts.push(Math.ceil(end / PAGE) * PAGE);
    end = (starts[starts.length - 1] as number) + file.length;
  }
  const whole = new Uint8Array(end);
  files.forEach((file, i) => {
    const start = starts[i] as number;
    whole.set(file, start);
    const following = starts[i + 1];
    if (following !== undefined)
      new DataView(whole.buffer).setUint32(start + header.next, following - start, true);
  });
  return whole;
}

/** The `.tb` file inside; the bytes themselves when they are one already or nothing known. */
export function bytecodeIn(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEADER) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(header.magic, true) !== NATIVE_MAGIC) return bytes;
  const at = view.getUint32(header.bytecode, true);
  const end = at + view.getUint32(header.bytecodeBytes, true);
  return end <= bytes.length ? bytes.subarray(at, end) : bytes;
}
