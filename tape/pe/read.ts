/**
 * Reads an executable of `executable.ts`: what is to be mapped where, what it imports, its tables and manifest.
 *
 * The bytes are anybody's: each offset is checked before it is used, and a fault is one sentence. Invariant: sections of a file that
 * was read lie in the image, on pages of their own, in ascending order, none writable and executable at once.
 */
import { decodeUtf8 } from "../source/utf8.ts";
import * as pe from "./format.ts";
import { decodeTraces, type Traces } from "./trace-table.ts";

export interface PeMapping {
  /** From the image's start. */
  readonly address: number;
  /** In memory; what `bytes` lacks is zeros. */
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly execute: boolean;
  readonly write: boolean;
}

export interface Executable {
  readonly subsystem: number;
  readonly imageSize: number;
  /** Address of the first instruction, and of the code that addresses in `traces` count from. */
  readonly entry: number;
  readonly text: number;
  readonly mappings: readonly PeMapping[];
  /** Names of `extern` functions by number. */
  readonly imports: readonly string[];
  readonly traces: Traces;
  /** Features of the processor that the code uses (`native/processor.ts`). */
  readonly features: number;
  /** JSON, or empty. */
  readonly manifest: string;
  readonly stack: number;
  /** Bytes of linear memory, at most and at first. */
  readonly memory: number;
  readonly firstMemory: number;
}

export type ReadExecutable =
  | { readonly ok: true; readonly exe: Executable }
  | { readonly ok: false; readonly reason: string };

class Bad extends Error {}

const MOST_IMAGE = 64 << 20;
const MOST_SECTIONS = 16;
const MOST_IMPORTS = 1024;
const MOST_NAME = 256;

/** Reads a file. */
export function readExecutable(file: Uint8Array): ReadExecutable {
  try {
    return { ok: true, exe: new Reader(file).exe() };
  } catch (e) {
    if (e instanceof Bad) return { ok: false, reason: e.message };
    throw e;
  }
}

class Reader {
  readonly #file: Uint8Array;
  #mappings: readonly PeMapping[] = [];

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  #number(from: Uint8Array, at: number, n: number, what: string): number {
    if (!(at >= 0 && at + n <= from.length)) throw new Bad(`${what} lies outside the file`);
    let v = 0;
    for (let i = n - 1; i >= 0; i--) v = v * 256 + from[at + i];
    return v;
  }

  exe(): Executable {
    const file = this.#file;
    const n = (at: number, size: number, what: string) => this.#number(file, at, size, what);
    if (file.length < pe.dos.SIZE || n(0, 2, "") !== 0x5a4d)
      throw new Bad("this is no executable: it does not begin with MZ");
    const start = n(pe.dos.lfanew, 4, "the PE header");
    if (n(start, 4, "the PE header") !== 0x4550) throw new Bad("there is no PE header");
    const header = start + 4;
    if (n(header + pe.coff.machine, 2, "the file header") !== pe.MACHINE_X86_64)
      throw new Bad("the program is for another processor");
    const opt = header + pe.coff.SIZE;
    const size = n(header + pe.coff.optionalSize, 2, "the file header");
    const o = (at: number, bytes: number) => n(opt + at, bytes, "the optional header");
    if (size < pe.optional.SIZE || o(pe.optional.magic, 2) !== pe.MAGIC_64)
      throw new Bad("the optional header is not of PE32+");
    if (o(pe.optional.sectionAlign, 4) !== pe.PAGE) throw new Bad("sections do not lie on pages");
    const imageSize = o(pe.optional.imageSize, 4);
    if (imageSize % pe.PAGE !== 0 || imageSize > MOST_IMAGE)
      throw new Bad(`the image has ${imageSize} bytes; ${MOST_IMAGE} are the most`);
    const count = n(header + pe.coff.sections, 2, "the file header");
    if (count === 0 || count > MOST_SECTIONS) throw new Bad(`it has ${count} sections`);
    this.#mappings = this.#sections(opt + size, count, imageSize);
    const text = this.#mappings.find((m) => m.execute);
    const entry = o(pe.optional.entry, 4);
    if (text === undefined || entry < text.address || entry >= text.address + text.bytes.length)
      throw new Bad("the entry point lies outside the code");
    const directory = (which: number): readonly [number, number] => [
      o(pe.optional.directories + 8 * which, 4),
      o(pe.optional.directories + 8 * which + 4, 4),
    ];
    const memory = o(pe.optional.heapReserve, 8);
    const firstMemory = o(pe.optional.heapCommit, 8);
    if (firstMemory % 65536 !== 0 || firstMemory > memory || memory > 2 ** 31)
      throw new Bad("the sizes of linear memory make no sense");
    return {
      subsystem: o(pe.optional.subsystem, 2),
      imageSize,
      entry,
      text: text.address,
      mappings: this.#mappings,
      imports: this.#imports(directory(pe.directory.imports)),
      ...this.#traces(directory(pe.directory.debug)),
      manifest: this.#manifest(directory(pe.directory.resources)),
      stack: o(pe.optional.stackReserve, 8),
      memory,
      firstMemory,
    };
  }

  #sections(at: number, count: number, imageSize: number): PeMapping[] {
    const out: PeMapping[] = [];
    let end: number = pe.PAGE;
    for (let i = 0; i < count; i++) {
      const s = (field: number) =>
        this.#number(this.#file, at + i * pe.section.SIZE + field, 4, "a section's header");
      const address = s(pe.section.address);
      const size = s(pe.section.memory);
      const fileAt = s(pe.section.fileAt);
      const fileBytes = Math.min(s(pe.section.fileBytes), size);
      if (address % pe.PAGE !== 0 || address < end || size === 0 || address + size > imageSize)
        throw new Bad(`section ${i} overlaps another or lies outside the image`);
      if (fileAt + fileBytes > this.#file.length)
        throw new Bad(`section ${i} lies outside the file`);
      const flags = s(pe.section.flags);
      const execute = (flags & pe.sectionFlags.execute) !== 0;
      const write = flags >= pe.sectionFlags.write;
      if (execute && write) throw new Bad(`section ${i} is writable and executable`);
      end = Math.ceil((address + size) / pe.PAGE) * pe.PAGE;
      const bytes = this.#file.subarray(fileAt, fileAt + fileBytes);
      out.push({ address, size, bytes, execute, write });
    }
    return out;
  }

  /** Bytes of the image from `address` to the end of its section. */
  #at(address: number, what: string): Uint8Array {
    const m = this.#mappings.find(
      (s) => address >= s.address && address < s.address + s.bytes.length,
    );
    if (m === undefined) throw new Bad(`${what} lies outside the sections`);
    return m.bytes.subarray(address - m.address);
  }

  #name(address: number): string {
    const bytes = this.#at(address, "a name");
    const end = bytes.subarray(0, MOST_NAME).indexOf(0);
    if (end < 0) throw new Bad("a name does not end");
    return decodeUtf8(bytes.subarray(0, end)).text;
  }

  #imports([address, size]: readonly [number, number]): string[] {
    if (size === 0) return [];
    const first = this.#at(address, "the import directory");
    const names: string[] = [];
    const field = (at: number) => this.#number(first, at, 4, "the import directory");
    const table = field(0);
    if (table === 0) return [];
    if (field(20) !== 0 || this.#name(field(12)) !== pe.LIBRARY)
      throw new Bad(`it imports from another library than ${pe.LIBRARY}`);
    for (let i = 0; ; i++) {
      if (i > MOST_IMPORTS) throw new Bad(`it imports more than ${MOST_IMPORTS} functions`);
      const entry = this.#number(this.#at(table + 8 * i, "the import table"), 0, 8, "an import");
      if (entry === 0) return names;
      if (entry >= 2 ** 31) throw new Bad("an import has no name");
      names.push(this.#name(entry + 2));
    }
  }

  #traces([address, size]: readonly [number, number]): { traces: Traces; features: number } {
    const what = "the debug directory";
    const bytes = this.#at(size < 28 ? 0 : address, what);
    if (this.#number(bytes, 12, 4, what) !== pe.TRACE_TABLE) throw new Bad("no trace table");
    const n = this.#number(bytes, 16, 4, what);
    const table = this.#at(this.#number(bytes, 20, 4, what), "the trace table");
    if (n > table.length) throw new Bad("the trace table lies outside its section");
    const traces = decodeTraces(table.subarray(0, n));
    if (typeof traces === "string") throw new Bad(traces);
    return { traces, features: this.#number(bytes, 0, 4, what) };
  }

  #manifest([address, size]: readonly [number, number]): string {
    if (size === 0) return "";
    const what = "the manifest";
    const tree = this.#at(address, what);
    const word = (at: number) => this.#number(tree, at, 4, what);
    // One folder in another, three deep; the first two say what it is.
    const second = word(20) - 0x80000000;
    if (word(16) !== pe.MANIFEST_RESOURCE.type || second < 0) throw new Bad("no manifest resource");
    const third = word(second + 20) - 0x80000000;
    const leaf = third < 0 ? -1 : word(third + 20);
    const bytes = this.#at(word(leaf), what);
    const n = word(leaf + 4);
    if (n > bytes.length) throw new Bad("the manifest lies outside its section");
    return decodeUtf8(bytes.subarray(0, n)).text;
  }
}
