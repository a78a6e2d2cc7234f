// Tape kernels in a simulated process: the bytecode inside the kernel's file as WebAssembly. Arguments are copied in and, where the
// kernel may write, back out. Invariant: what goes wrong is told in the numbers and fields that machine code tells it in.
import { decode } from "../../tape/bytecode/decode.ts";
import { readSignature } from "../../tape/embed/signature.ts";
import { BadArgument, bind, type Bound, TapeError, TapeTrap } from "../../tape/embed/bind.ts";
import { webAssembly } from "../../tape/embed/node.ts";
import { bytecodeIn, header } from "../../tape/native/file.ts";
import { environment } from "../runtime/kernel.ts";
import { traceFields } from "../runtime/kernel-trouble.ts";
import type { ProcessHost } from "./binding.ts";

interface Module {
  readonly functions: { readonly [name: string]: Bound };
  /** which arguments each function may write to */
  readonly writes: { readonly [name: string]: readonly boolean[] };
}

interface Argument {
  value: number | Uint8Array;
  /** a view's address, else 0 */
  readonly address: number;
}

/** Typed arrays by the letters of tape/embed/letters.ts. */
const arrays: {
  readonly [letter: string]: {
    new (buffer: ArrayBuffer): ArrayBufferView;
    readonly BYTES_PER_ELEMENT: number;
  };
} = {
  B: Int8Array,
  C: Uint8Array,
  D: Int16Array,
  E: Uint16Array,
  F: Int32Array,
  G: Uint32Array,
  H: BigInt64Array,
  I: BigUint64Array,
  K: Float32Array,
  L: Float64Array,
};

/** Where the text of a trap is put: behind the fields of the environment block. */
const TEXT = 2048;
const MOST_TEXT = 1000;
/** As in sdk/runtime/kernel-trouble.ts. */
const MOST_PLACES = 8;

export class SimKernels {
  readonly #host: ProcessHost;
  readonly #modules = new Map<number, Module>();
  #environment = 0;
  #letters = "";
  #name = "";
  #module: Module | undefined;
  #arguments: Argument[] = [];

  constructor(host: ProcessHost) {
    this.#host = host;
  }

  /** The text at an address, up to its NUL. */
  text(address: number): string {
    let text = "";
    for (let at = address; ; at++) {
      const byte = this.#host.get(at, 1);
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
  }

  /** Begins a call. `letters` is the address of the signature, by which the function is known. */
  begin(letters: number, block: number): void {
    const head = this.#host.get(block + environment.own, 8);
    this.#module = this.#moduleAt(head);
    const first = head + this.#host.get(head + header.exports, 4);
    this.#name = "";
    for (let i = this.#host.get(head + header.exportCount, 4) - 1; i >= 0; i--)
      if (head + this.#host.get(first + 12 * i + 4, 4) === letters)
        this.#name = this.text(head + this.#host.get(first + 12 * i + 8, 4));
    this.#letters = this.text(letters);
    this.#environment = block;
    this.#arguments = [];
  }

  #moduleAt(head: number): Module {
    const known = this.#modules.get(head);
    if (known !== undefined) return known;
    const code = head + this.#host.get(head + header.code, 4);
    const read = decode(bytecodeIn(this.#host.load(head, code - head)));
    if (!read.ok) throw new Error(`a kernel's bytecode is refused: ${read.reason}`);
    const writes: { [name: string]: readonly boolean[] } = {};
    for (const { name, type } of read.code.exports) {
      const signature = readSignature(type);
      if (typeof signature !== "string")
        writes[name] = signature.params.map((each) => each.type.writes);
    }
    const made = { functions: bind(read.code, webAssembly(read.code)), writes };
    this.#modules.set(head, made);
    return made;
  }

  /** Where the module's linear memory begins in the process, and bytes of an element by its letter: for who knows places in it. */
  base(): number {
    return this.#host.get(this.#environment + environment.memory, 8);
  }
  width(letter: string): number {
    return (arrays[letter] as (typeof arrays)[string]).BYTES_PER_ELEMENT;
  }

  number(value: number): void {
    this.#arguments.push({ value, address: 0 });
  }

  /** An array, whose bytes `more` brings. */
  array(): void {
    this.#arguments.push({ value: new Uint8Array(0), address: 0 });
  }

  more(bytes: Uint8Array): void {
    const last = this.#arguments[this.#arguments.length - 1] as Argument;
    const before = last.value as Uint8Array;
    const joined = new Uint8Array(before.length + bytes.length);
    joined.set(before);
    joined.set(bytes, before.length);
    last.value = joined;
  }

  /** Memory that the process has mapped; false when it lies where the kernel does not reach. */
  view(address: number, length: number): boolean {
    const memory = this.base();
    const reach = this.#host.get(this.#environment + environment.bytes, 8);
    if (address < memory || address + length > memory + reach) return false;
    this.#arguments.push({ value: this.#host.load(address, length), address });
    return true;
  }

  /** The bytes of an array after the call. */
  bytes(index: number): Uint8Array {
    return this.#arguments[index]?.value as Uint8Array;
  }

  /** Whether the function may have written to an argument. */
  written(index: number): boolean {
    return this.#module?.writes[this.#name]?.[index] === true;
  }

  /** The result as text, "" for none; or "!" and the number of a trouble. */
  run(): string {
    const f = this.#module?.functions[this.#name] as ((...args: unknown[]) => unknown) | undefined;
    if (f === undefined) throw new Error(`the kernel has no function ${this.#name}`);
    const lists = this.#arguments.map(({ value }, i) => {
      if (typeof value === "number") return value;
      const make = arrays[this.#letters[i] as string] as (typeof arrays)[string];
      return new make(
        value.slice(0, value.length - (value.length % make.BYTES_PER_ELEMENT)).buffer,
      );
    });
    try {
      const result = f(...lists);
      lists.forEach((list, i) => {
        if (typeof list !== "number") this.#keep(i, list);
      });
      return result === undefined ? "" : String(result);
    } catch (error) {
      lists.forEach((list, i) => {
        if (typeof list !== "number") this.#keep(i, list);
      });
      return `!${this.#trouble(error)}`;
    }
  }

  #keep(index: number, list: ArrayBufferView): void {
    const each = this.#arguments[index] as Argument;
    const bytes = new Uint8Array(list.buffer, list.byteOffset, list.byteLength);
    (each.value as Uint8Array).set(bytes);
    if (each.address !== 0 && this.written(index)) this.#host.store(each.address, bytes);
  }

  #trouble(error: unknown): number {
    if (error instanceof BadArgument) return error.index;
    if (error instanceof TapeError) return -2 - error.value;
    if (!(error instanceof TapeTrap)) throw error;
    const places = error.trace
      .slice(0, MOST_PLACES)
      .map(({ fn, file, line }) => `${fn} ${file}:${line}`);
    const where = places.length === 0 ? "" : ` at ${places.join(" < ")}`;
    const text = new TextEncoder().encode(error.reason + where).slice(0, MOST_TEXT);
    const block = this.#environment;
    const memory = this.#host.get(block + environment.memory, 8);
    this.#host.store(block + TEXT, text);
    this.#host.set(block + traceFields.text, 8, block + TEXT - memory);
    this.#host.set(block + traceFields.textBytes, 8, text.length);
    this.#host.set(block + traceFields.depth, 8, 0);
    return -1;
  }
}
