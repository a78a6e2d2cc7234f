// Memory that survives its writer: cut off at whatever write, and at whatever byte of it, it gives what was counted last.
import test from "ava";
import fc from "fast-check";
import type { MemoryView } from "../runtime/shared-view.ts";
import { Slots, type Written } from "./slots.ts";

class Cut extends Error {}

/** Bytes whose writer dies after so many stores of words and bytes. */
class DyingMemory implements Partial<MemoryView> {
  readonly length: number;
  readonly #data: DataView;
  left: number;

  constructor(length: number, left: number) {
    this.length = length;
    this.left = left;
    this.#data = new DataView(new ArrayBuffer(length));
  }

  #step(): void {
    if (this.left-- <= 0) throw new Cut();
  }
  get32(offset: number): number {
    return this.#data.getUint32(offset, true);
  }
  set32(offset: number, value: number): void {
    this.#step();
    this.#data.setUint32(offset, value, true);
  }
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void {
    for (let i = 0; i < length; i++) {
      this.#step();
      this.#data.setUint8(offset + i, from[at + i]!);
    }
  }
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void {
    for (let i = 0; i < length; i++) to[at + i] = this.#data.getUint8(offset + i);
  }
}

const open = (memory: DyingMemory) => new Slots(memory as unknown as MemoryView);
const records = (memory: DyingMemory) =>
  open(memory)
    .read()
    .map((each) => [...each]);

/** What a writer does: writes a base or a record, and makes it count, or not, or only after the next one was written. */
const step = fc.record({
  what: fc.constantFrom<"base" | "record">("base", "record", "record"),
  bytes: fc.uint8Array({ maxLength: 40 }),
  count: fc.constantFrom<"now" | "never" | "late">("now", "now", "never", "late"),
});

test("whatever a writer did when it died, what was counted last is there, whole", (t) => {
  let cuts = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.nat(150), (steps, life) => {
      const memory = new DyingMemory(256, life);
      let counted: number[][] = [];
      let late: Written | undefined;
      try {
        let slots = open(memory);
        for (const { what, bytes, count } of steps) {
          const written = slots[what](bytes);
          const next = what === "base" ? [[...bytes]] : [...counted, [...bytes]];
          if (late !== undefined && slots.count(late)) throw new Error("counted out of turn");
          late = undefined;
          if (written === undefined || count === "never") continue;
          if (count === "now") {
            if (!slots.count(written)) throw new Error("it does not count");
            counted = next;
          } else {
            // another one is counted in between, by the same writer or by the next one
            const other = slots.base(new Uint8Array([7]))!;
            if (slots.count(other)) counted = [[7]];
            late = written;
          }
          if (bytes.length === 13) {
            slots = open(memory);
            late = undefined;
          }
        }
      } catch (error) {
        if (!(error instanceof Cut)) throw error;
        cuts++;
      }
      memory.left = 0;
      t.deepEqual(records(memory), counted);
    }),
    { numRuns: 2000, seed: 5 },
  );
  t.true(cuts > 300, `${cuts} cuts`);
});

test("every cut of one long history", (t) => {
  const history = (life: number) => {
    const memory = new DyingMemory(256, life);
    let counted: number[][] = [];
    try {
      const slots = open(memory);
      for (let i = 0; i < 30; i++) {
        const bytes = new Uint8Array(5 + (i % 7)).fill(i);
        const record = slots.record(bytes);
        slots.count((record ?? slots.base(bytes))!);
        counted = record === undefined ? [[...bytes]] : [...counted, [...bytes]];
      }
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    return { memory, counted, over: memory.left > 0 };
  };
  let lives = 0;
  for (let over = false; !over; lives++) {
    const { memory, counted, over: ended } = history(lives);
    t.deepEqual(records(memory), counted);
    over = ended;
  }
  t.true(lives > 300);
});

test("what does not fit is refused, and what counts stays", (t) => {
  const memory = new DyingMemory(64, 1000);
  const slots = open(memory);
  t.is(slots.record(new Uint8Array(1)), undefined, "there is no base yet");
  t.is(slots.base(new Uint8Array(slots.room + 1)), undefined);
  t.true(slots.count(slots.base(new Uint8Array(slots.room).fill(1))!));
  t.is(slots.record(new Uint8Array(0)), undefined);
  t.deepEqual(records(memory), [new Array(slots.room).fill(1)]);
});
