// A call of an import by machine code, as host functions see it: arguments and results in the environment block, memory by copies.
// Invariant: copies go back when the function is through, in the order in which they were taken.
import type { SharedView } from "../../../sdk/runtime/shared-view.ts";
import { environment } from "../../../tape/native/environment.ts";
import type { HostCall } from "../../../tape/interp/machine.ts";
import { bytesOf, decodeLossy } from "../../../tape/source/utf8.ts";

const { hostValues } = environment;

const words = new Uint32Array(2);
const floats = new Float32Array(words.buffer);
const doubles = new Float64Array(words.buffer);
const longs = new BigInt64Array(words.buffer);

export class NativeCall implements HostCall {
  text = "";
  hostTrap = 0;
  readonly #block: SharedView;
  readonly #memory: () => SharedView;
  #results = "";
  #taken: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  /** @param memory linear memory as it is now */
  constructor(block: SharedView, memory: () => SharedView) {
    this.#block = block;
    this.#memory = memory;
  }

  /** Before each call; `results` are the classes of what it gives. */
  begin(results: string): void {
    this.#results = results;
    this.#taken = [];
    this.text = "";
    this.hostTrap = 0;
  }

  /** After each call. */
  end(): void {
    for (let i = 0; i < this.#taken.length; i += 1) {
      const { at, bytes } = this.#taken[i] as { at: number; bytes: Uint8Array };
      this.#memory().copyIn(at, bytes, 0, bytes.length);
    }
    this.#taken = [];
  }

  #load(i: number): void {
    words[0] = this.#block.get32(hostValues + 8 * i);
    words[1] = this.#block.get32(hostValues + 8 * i + 4);
  }

  int(i: number): number {
    return this.#block.get32(hostValues + 8 * i) | 0;
  }
  long(i: number): bigint {
    this.#load(i);
    return longs[0] as bigint;
  }
  double(i: number): number {
    this.#load(i);
    return doubles[0] as number;
  }
  float(i: number): number {
    this.#load(i);
    return floats[0] as number;
  }

  give(i: number, v: number | bigint): void {
    const at = hostValues + 8 * i;
    switch (this.#results[i]) {
      case "l":
        longs[0] = BigInt.asIntN(64, BigInt(v));
        break;
      case "d":
        doubles[0] = Number(v);
        break;
      case "f":
        floats[0] = Number(v);
        break;
      default:
        words[0] = Number(v) | 0;
    }
    this.#block.set32(at, words[0] as number);
    this.#block.set32(at + 4, words[1] as number);
  }

  slice(at: number, n: number): Uint8Array {
    const from = at >>> 0;
    const memory = this.#memory();
    if (n < 0 || from + n > memory.length) throw new RangeError("outside memory");
    const bytes = new Uint8Array(n);
    memory.copyOut(from, bytes, 0, n);
    this.#taken.push({ at: from, bytes });
    return bytes;
  }

  bytes(at: number, n: number): string {
    return decodeLossy(this.slice(at, n));
  }

  writeText(at: number, byteString: string): void {
    this.slice(at, byteString.length).set(bytesOf(byteString));
  }
}
