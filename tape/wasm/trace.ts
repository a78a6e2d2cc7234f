/**
 * Stack traces of a module: a custom section `tape.lines` says which line each piece of code comes from.
 *
 * The section holds the files, then for each function its index in the module, name, file, and its marks: offset
 * from the mark before and line. It costs nothing while a program runs; the engine's stack gives the offsets.
 */
import type { Code } from "../bytecode/program.ts";
import type { TraceLine } from "../interp/machine.ts";
import { bytesOf, decodeLossy, toByteString } from "../source/utf8.ts";
import { Bytes } from "./bytes.ts";

const NAME = "tape.lines";

/** Where the code of a function starts within the code section's content, and its marks from there. */
export interface CodePlace {
  readonly start: number;
  readonly marks: readonly number[];
}

function text(out: Bytes, s: string): void {
  const bytes = bytesOf(toByteString(s));
  out.u32(bytes.length).append(bytes);
}

/** Content of the section, its name included; `base` is the offset of the code section's content in the module. */
export function traceSection(
  code: Code,
  first: number,
  base: number,
  places: readonly CodePlace[],
): Bytes {
  const out = new Bytes();
  text(out, NAME);
  out.u32(code.files.length);
  for (const f of code.files) text(out, f);
  out.u32(code.fns.length);
  code.fns.forEach((f, i) => {
    out.u32(first + i);
    text(out, f.name);
    const { start, marks } = places[i];
    out.u32(f.file).u32(marks.length / 2);
    let last = 0;
    for (let k = 0; k < marks.length; k += 2) {
      const at = base + start + marks[k];
      out.u32(at - last).u32(marks[k + 1]);
      last = at;
    }
  });
  return out;
}

interface FnLines {
  readonly name: string;
  readonly file: string;
  readonly marks: readonly number[];
}

/** Reads what `traceSection` wrote. */
function read(bytes: Uint8Array): Map<number, FnLines> {
  let at = 0;
  const u32 = (): number => {
    let v = 0;
    for (let shift = 0; ; shift += 7) {
      const b = bytes[at++];
      v += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) return v;
    }
  };
  const words = (): string => {
    const n = u32();
    at += n;
    return decodeLossy(bytes.subarray(at - n, at));
  };
  const list = <V>(one: () => V): V[] => Array.from({ length: u32() }, one);
  const files = list(words);
  const out = new Map<number, FnLines>();
  for (let n = u32(); n > 0; n--) {
    const index = u32();
    const name = words();
    const file = files[u32()] ?? "";
    let sum = 0;
    const marks = list(() => {
      sum += u32();
      return [sum, u32()];
    }).flat();
    out.set(index, { name, file, marks });
  }
  return out;
}

/** Part of the JavaScript interface that Node's types leave out. */
const sections = (
  WebAssembly.Module as unknown as {
    customSections(module: WebAssembly.Module, name: string): ArrayBuffer[];
  }
).customSections;

const known = new WeakMap<WebAssembly.Module, Map<number, FnLines>>();

/** The calls under way in an engine's stack text (V8's form), innermost first, at most 64. */
export function traceOf(module: WebAssembly.Module, stack: string): TraceLine[] {
  let table = known.get(module);
  if (table === undefined) {
    const [section] = sections(module, NAME);
    table = section === undefined ? new Map<number, FnLines>() : read(new Uint8Array(section));
    known.set(module, table);
  }
  const out: TraceLine[] = [];
  for (const [, index, offset] of stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)) {
    const f = table.get(Number(index));
    if (f === undefined || out.length >= 64) continue;
    let line = 0;
    for (let i = 0; i < f.marks.length && f.marks[i] <= Number.parseInt(offset, 16); i += 2)
      line = f.marks[i + 1];
    out.push({ fn: f.name, file: f.file, line });
  }
  return out;
}
