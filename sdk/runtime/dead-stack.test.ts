// Stacks of dead engines: memory laid out as the engine has it, and memory that is anything at all.
import test from "ava";
import fc from "fast-check";
import { DeadMemory } from "./dead-memory.ts";
import { deadStack } from "./dead-stack.ts";
import { type EngineLayout, LAYOUT_BYTES, readEngineLayout } from "./engine-layout.ts";
import type { MemoryView } from "./shared-view.ts";

/** Another order than the engine's: nothing may be known by heart. */
const layout: EngineLayout = {
  magic: 0x6c61,
  version: 1,
  stringHeader: 24,
  currentFrame: 8,
  atomArray: 24,
  atomSize: 16,
  previousFrame: 0,
  function: 24,
  pc: 8,
  classId: 4,
  properties: 16,
  bytecode: 8,
  code: 24,
  codeLength: 32,
  name: 36,
  line: 40,
  linesLength: 44,
  lines: 48,
  bytecodeFunction: 13,
  generatorFunction: 16,
  asyncFunction: 50,
  asyncGeneratorFunction: 54,
  stringTag: 0xfff9,
  linesFirst: 1,
  linesRange: 5,
  linesBase: 1,
};

const HEAP = 0x2000_0000_0000;

function viewOf(bytes: Uint8Array): MemoryView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    length: bytes.length,
    get16: (offset: number) => view.getUint16(offset, true),
    get32: (offset: number) => view.getUint32(offset, true),
    copyOut(offset: number, to: Uint8Array, at: number, length: number) {
      to.set(bytes.subarray(offset, offset + length), at);
    },
  } as MemoryView;
}

/** A heap to be written into: `at` are addresses. */
class Heap {
  readonly bytes = new Uint8Array(16 << 10);
  #next = 64;

  take(size: number): number {
    const at = this.#next;
    this.#next += Math.ceil(size / 16) * 16;
    return HEAP + at;
  }

  set(at: number, bytes: number, value: number): void {
    for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 256))
      this.bytes[at - HEAP + i] = rest % 256;
  }

  text(text: string): number {
    const at = this.take(layout.stringHeader + text.length);
    this.set(at, 4, text.length);
    for (let i = 0; i < text.length; i++)
      this.set(at + layout.stringHeader + i, 1, text.charCodeAt(i));
    return at;
  }

  /** A function whose code begins at line 10: three instructions of a byte on it, then three on line 15, then on 14. */
  bytecode(atom: number): { bytecode: number; code: number } {
    const bytecode = this.take(64);
    const code = this.take(16);
    const table = [0, 3, 10, 0, 1 + 3 * 5 + 0, 0];
    const lines = this.take(table.length);
    table.forEach((byte, i) => this.set(lines + i, 1, byte));
    this.set(bytecode + layout.code, 8, code);
    this.set(bytecode + layout.codeLength, 4, 9);
    this.set(bytecode + layout.name, 4, atom);
    this.set(bytecode + layout.line, 4, 10);
    this.set(bytecode + layout.linesLength, 4, table.length);
    this.set(bytecode + layout.lines, 8, lines);
    return { bytecode, code };
  }

  closure(kind: number, bytecode: number, name: number): number {
    const at = this.take(32);
    const properties = this.take(32);
    this.set(at + layout.classId, 2, kind);
    this.set(at + layout.bytecode, 8, bytecode);
    this.set(at + layout.properties, 8, properties);
    if (name === 0) return at;
    this.set(properties + 16, 8, name);
    this.set(properties + 16 + 8, 4, 0xfffffff9);
    return at;
  }

  frame(previous: number, called: number, pc: number): number {
    const at = this.take(32);
    this.set(at + layout.previousFrame, 8, previous);
    this.set(at + layout.function, 8, called);
    this.set(at + layout.pc, 8, pc);
    return at;
  }

  runtime(frame: number, atoms: readonly number[]): number {
    const at = this.take(32);
    const array = this.take(8 * atoms.length);
    atoms.forEach((atom, i) => this.set(array + 8 * i, 8, atom));
    this.set(at + layout.currentFrame, 8, frame);
    this.set(at + layout.atomArray, 8, array);
    this.set(at + layout.atomSize, 4, atoms.length);
    return at;
  }

  memory(): DeadMemory {
    const memory = new DeadMemory();
    memory.add(HEAP, viewOf(this.bytes));
    return memory;
  }
}

test("frames have the names and lines that the engine would say; its own functions are left out", (t) => {
  const heap = new Heap();
  const { bytecode, code } = heap.bytecode(1);
  const named = heap.closure(layout.bytecodeFunction, bytecode, heap.text("given"));
  const plain = heap.closure(layout.asyncFunction, bytecode, 0);
  const native = heap.closure(12, 0, heap.text("forEach"));
  const far = 0x7000_0000_0000;
  let frame = heap.frame(0, plain, 0); // not yet at its first call
  frame = heap.frame(frame, plain, code + 3);
  frame = heap.frame(frame, named, code + 4);
  frame = heap.frame(frame, native, 12345);
  frame = heap.frame(frame, far, code + 9); // its closure is in memory that is not there
  const runtime = heap.runtime(frame, [0, heap.text("own\n")]);
  t.deepEqual(deadStack(heap.memory(), layout, runtime), [
    { name: "own?", line: 14 },
    { name: "given", line: 15 },
    { name: "own?", line: 10 },
    { name: "own?", line: 10 },
  ]);
});

test("a chain that goes in a circle or leaves the memory ends", (t) => {
  const heap = new Heap();
  const { bytecode, code } = heap.bytecode(0);
  const closure = heap.closure(layout.generatorFunction, bytecode, 0);
  const frame = heap.frame(0, closure, code + 1);
  heap.set(frame + layout.previousFrame, 8, frame);
  const circle = deadStack(heap.memory(), layout, heap.runtime(frame, []));
  t.is(circle.length, 16);
  heap.set(frame + layout.previousFrame, 8, HEAP + heap.bytes.length - 4);
  t.is(deadStack(heap.memory(), layout, heap.runtime(frame, [])).length, 1);
  t.deepEqual(deadStack(heap.memory(), layout, heap.runtime(0, [])), []);
  t.deepEqual(deadStack(new DeadMemory(), layout, HEAP), []);
});

test("whatever the bytes are, there is an end, at most 16 frames and no exception", (t) => {
  // words that point into the memory, so that chains form
  const word = fc.oneof(
    fc.integer({ min: 0, max: 1023 }).map((n) => HEAP + n),
    fc.integer({ min: 0, max: 60 }),
    fc.maxSafeInteger(),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 128, maxLength: 128 }), (words) => {
      const bytes = new Uint8Array(1024);
      const view = new DataView(bytes.buffer);
      words.forEach((each, i) => {
        view.setBigInt64(8 * i, BigInt(each), true);
      });
      const memory = new DeadMemory();
      memory.add(HEAP, viewOf(bytes));
      memory.add(HEAP + 512, viewOf(bytes.subarray(0, 100)));
      const frames = deadStack(memory, layout, HEAP);
      t.true(frames.length <= 16);
      for (const { name, line } of frames) t.true(name.length <= 60 && !Number.isNaN(line));
    }),
    { numRuns: 2000 },
  );
});

test("memory that came later lies over what was there, and reading has a bound", (t) => {
  const memory = new DeadMemory();
  memory.add(100, viewOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
  memory.add(104, viewOf(Uint8Array.of(9, 9)));
  t.is(memory.get16(104), 0x0909);
  t.is(memory.get32(100), 0x04030201);
  t.is(memory.get64(100), Number.NaN); // beyond a safe integer
  t.is(memory.get16(107), Number.NaN);
  t.deepEqual(memory.copy(102, 2), Uint8Array.of(3, 4));
  t.is(memory.copy(102, 200), undefined);
  t.is(memory.copy(102, Number.NaN), undefined);
  let reads = 0;
  while (memory.get16(100) === 0x0201) reads += 1;
  t.true(reads > 10_000 && reads < 50_000);
});

test("a table of an engine is read by its words; bytes that are none are refused", (t) => {
  const words = Object.values(layout);
  t.is(2 * words.length, LAYOUT_BYTES);
  const bytes = new Uint8Array(Uint16Array.from(words).buffer);
  t.deepEqual(readEngineLayout(bytes), layout);
  t.is(readEngineLayout(bytes.subarray(1)), undefined);
  t.is(readEngineLayout(new Uint8Array(LAYOUT_BYTES)), undefined);
});
