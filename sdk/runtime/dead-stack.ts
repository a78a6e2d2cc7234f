// The JavaScript stack of an engine that was ended in the midst of it, read from its memory as the engine itself would read it.
// Invariant: every byte may be anything. All reading is bounded, and a chain that leaves the memory or does not end is cut off there.
import type { DeadMemory } from "./dead-memory.ts";
import type { EngineLayout } from "./engine-layout.ts";

/** A frame of a function of the bundle. */
export interface DeadFrame {
  /** its name, "" when it has none or it can't be read */
  readonly name: string;
  /** line of the bundle where it was, or where it had called the frame before */
  readonly line: number;
}

/** Frames that are looked at, functions of the engine included, and those that are told. */
const LOOKED_AT = 256;
const TOLD = 16;
/** The longest name that is told, in characters. */
const NAME = 60;
/** The longest bytecode of a function. */
const CODE = 1 << 20;
/** How far before a place in the bytecode its function is searched, in steps of 8 bytes. */
const SEARCHED = 4096;

/** The innermost frames of the engine whose JSRuntime lay at `runtime`; none when it ran no function. */
export function deadStack(memory: DeadMemory, layout: EngineLayout, runtime: number): DeadFrame[] {
  const frames: DeadFrame[] = [];
  let at = memory.get64(runtime + layout.currentFrame);
  for (let looked = 0; at > 0 && looked < LOOKED_AT && frames.length < TOLD; looked++) {
    const frame = frameAt(memory, layout, runtime, at);
    if (frame !== undefined) frames.push(frame);
    at = memory.get64(at + layout.previousFrame);
  }
  return frames;
}

/** The frame at an address; undefined when it is of a function of the engine. */
function frameAt(
  memory: DeadMemory,
  layout: EngineLayout,
  runtime: number,
  at: number,
): DeadFrame | undefined {
  const pc = memory.get64(at + layout.pc);
  const called = memory.get64(at + layout.function);
  const kind = memory.get16(called + layout.classId);
  let bytecode = Number.NaN;
  if (Number.isNaN(kind)) bytecode = around(memory, layout, pc);
  else if (
    kind === layout.bytecodeFunction ||
    kind === layout.generatorFunction ||
    kind === layout.asyncFunction ||
    kind === layout.asyncGeneratorFunction
  )
    bytecode = memory.get64(called + layout.bytecode);
  if (Number.isNaN(bytecode)) return undefined;
  const line = lineOf(memory, layout, bytecode, pc);
  if (Number.isNaN(line)) return undefined;
  const name = givenName(memory, layout, called) || ownName(memory, layout, runtime, bytecode);
  return { name, line };
}

/** The function whose bytecode holds `pc`: a closure may lie in memory that nobody has, the code that it shares lies with the bundle's. */
function around(memory: DeadMemory, layout: EngineLayout, pc: number): number {
  for (let back = 0; pc > 0 && back < SEARCHED; back++) {
    const bytecode = (Math.floor(pc / 8) - back) * 8;
    const code = memory.get64(bytecode + layout.code);
    if (!(code > bytecode && code <= pc && code - bytecode < CODE)) continue;
    if (pc <= code + memory.get32(bytecode + layout.codeLength)) return bytecode;
  }
  return Number.NaN;
}

/** The line at `pc`, which is behind the instruction that was carried out (find_line_num of the engine); NaN when nothing says. */
function lineOf(memory: DeadMemory, layout: EngineLayout, bytecode: number, pc: number): number {
  let line = memory.get32(bytecode + layout.line);
  const place = pc - memory.get64(bytecode + layout.code) - 1;
  // before its first call a function is at its begin
  if (!(place >= 0)) return line;
  const lines = memory.get64(bytecode + layout.lines);
  const table = memory.copy(lines, memory.get32(bytecode + layout.linesLength));
  if (table === undefined) return line;
  let at = 0;
  let reached = 0;
  const number = (signed: boolean): number => {
    let value = 0;
    let size = 1;
    for (let i = 0; i < 5 && at < table.length; i++) {
      const byte = table[at++]!;
      value += (byte & 127) * size;
      size *= 128;
      if (byte < 128) return !signed ? value : value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    }
    return Number.NaN;
  };
  while (at < table.length) {
    const step = table[at++]!;
    let next = line;
    if (step === 0) {
      reached += number(false);
      next += number(true);
    } else {
      const short = step - layout.linesFirst;
      reached += Math.floor(short / layout.linesRange);
      next += (short % layout.linesRange) - layout.linesBase;
    }
    const column = number(true);
    // a table that is damaged ends here: NaN is in no order
    if (!(place >= reached) || Number.isNaN(next + column)) break;
    line = next;
  }
  return line;
}

/** Bytes of a JSValue, which is all of a property, and where its tag is. */
const VALUE = 16;
const TAG = 8;

/** What the property `name` of a function says, the second one that it gets (js_function_set_properties); "" when that can't be read. */
function givenName(memory: DeadMemory, layout: EngineLayout, called: number): string {
  const value = memory.get64(called + layout.properties) + VALUE;
  if (memory.get16(value + TAG) !== layout.stringTag) return "";
  return textAt(memory, layout, memory.get64(value));
}

/** The name that it has in the source; "" when it has none or that can't be read. */
function ownName(
  memory: DeadMemory,
  layout: EngineLayout,
  runtime: number,
  bytecode: number,
): string {
  const atom = memory.get32(bytecode + layout.name);
  if (!(atom < memory.get32(runtime + layout.atomSize))) return "";
  return textAt(memory, layout, memory.get64(memory.get64(runtime + layout.atomArray) + 8 * atom));
}

/** A string of the engine, cut, without what is not printable. */
function textAt(memory: DeadMemory, layout: EngineLayout, text: number): string {
  const head = memory.get32(text);
  const size = head >= 2 ** 31 ? 2 : 1;
  const length = Math.min(head % 2 ** 31, NAME);
  const bytes = memory.copy(text + layout.stringHeader, length * size);
  let name = "";
  for (let i = 0; bytes !== undefined && i < length * size; i += size) {
    const code = bytes[i]! + (size === 2 ? 256 * bytes[i + 1]! : 0);
    name += code < 32 || (code >= 127 && code < 160) ? "?" : String.fromCharCode(code);
  }
  return name;
}
