// The head of a native `.tb` file (tape/native/README.md) as it lies in memory, read in place.
// Invariant: `unfit` is asked first; behind it the file is believed, since its digest is the image's.
import { uusi } from "./binding.ts";
import { BASE_FEATURES, featuresBeyondBase } from "./processor.ts";
import { SharedView } from "./shared-view.ts";

const MAGIC = 0x4e504154;
const VERSION = 1;

/** Offsets of the header's words (tape/native/file.ts; a test compares both). */
export const kernelHead = {
  magic: 0,
  version: 4,
  features: 8,
  code: 12,
  codeBytes: 16,
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
  next: 80,
  source: 96,
} as const;

const again = "build the image again and boot it";

export class KernelHead {
  readonly view: SharedView;

  constructor(view: SharedView) {
    this.view = view;
  }

  word(at: number): number {
    return this.view.get32(at);
  }

  /** The text at an offset, up to its NUL. */
  text(at: number): string {
    let end = at;
    while (this.view.get8(end) !== 0) end += 1;
    const bytes = new Uint8Array(end - at);
    this.view.copyOut(at, bytes, 0, bytes.length);
    return uusi.decode(bytes, 0, bytes.length) ?? "?";
  }

  /** Why this code is not to be run, or undefined. `source`: hash that is wanted, hexadecimal; `features`: what the processor has. */
  unfit(source: string, features: number): string | undefined {
    const why = this.strange(features);
    if (why !== undefined) return why;
    for (let i = 0; i < 32; i += 1)
      if (this.view.get8(kernelHead.source + i) !== parseInt(source.slice(2 * i, 2 * i + 2), 16))
        return `its source has changed since the image was built; ${again}`;
    return undefined;
  }

  /** Why this code does not fit compiler or processor, whatever its source; undefined when it does. */
  strange(features: number): string | undefined {
    if (this.view.length < 128 || this.word(kernelHead.magic) !== MAGIC)
      return `it is no native code; ${again}`;
    if (this.word(kernelHead.version) !== VERSION) return `it is of another compiler; ${again}`;
    const lacks = this.word(kernelHead.features) & ~features;
    if (lacks === 0) return undefined;
    const names = featuresBeyondBase(lacks);
    if (names !== "") return `the processor lacks ${names}; build it for an older one`;
    return (lacks & BASE_FEATURES) !== 0
      ? "the processor lacks SSE4.1 and POPCNT, which all code uses"
      : `it asks for features of a processor that have no name here; ${again}`;
  }

  /** The same code for a processor with more, behind this one in the file; undefined when this is the last. */
  next(): KernelHead | undefined {
    const at = this.word(kernelHead.next);
    if (at === 0) return undefined;
    return new KernelHead(new SharedView(this.view.address + at, this.view.length - at));
  }

  /** Offset of a function's entry in the code, and of its letters in the head. */
  export(name: string): { readonly entry: number; readonly letters: number } {
    const first = this.word(kernelHead.exports);
    for (let i = this.word(kernelHead.exportCount) - 1; i >= 0; i -= 1) {
      const at = first + 12 * i;
      if (this.text(this.word(at + 8)) === name)
        return { entry: this.word(at), letters: this.word(at + 4) };
    }
    throw new Error(`the kernel has no function ${name}`);
  }
}
