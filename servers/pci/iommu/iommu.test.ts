// The IOMMU's tables and commands against a unit that walks them as hardware does, and remembers what it is not told to forget.
import test from "ava";
import fc from "fast-check";
import { Failure } from "../../../sdk/contract/failure.ts";
import { ModelMemory, type ModelOptions, ModelUnit } from "../testing/model-unit.ts";
import { FaultLog, TOLD } from "./faults.ts";
import { Iommu } from "./iommu.ts";
import { TableMemory } from "./table-memory.ts";
import { Translation } from "./translation.ts";
import { Unit } from "./unit.ts";

const PAGE = 4096;
const base = 0x1_2345_0000;

function machine(options: Partial<ModelOptions> = {}, pages = 64, coherent = false) {
  const physical = new ModelMemory(base, pages);
  const memory = new TableMemory(() => physical.chunk(8), coherent);
  const model = new ModelUnit(physical, { widths: 2, ...options });
  const unit = new Unit(model.registers);
  const abilities = unit.inspect();
  if (typeof abilities === "string") throw new Error(abilities);
  const root = memory.take()!;
  const translation = new Translation(memory, root, abilities.levels);
  const started = unit.start(root, memory.take()!, memory.take()!);
  const iommu = new Iommu([unit], translation, abilities.domains);
  return { model, unit, iommu, memory, started, flushed: () => physical.flushed };
}

const dead = 0x0018;
const card = 0x0020;

for (const widths of [2, 4, 6])
  test(`a function reaches what was entered for it, and nothing else; widths ${widths}`, (t) => {
    const { model, iommu, started } = machine({ widths });
    t.true(started);
    t.is(iommu.claim(card), undefined);
    t.is(iommu.claim(0x0300), undefined);
    t.is(iommu.enter(card, 0x7fff_f000, 3 * PAGE), undefined);
    for (const at of [0x7fff_f000, 0x8000_0123, 0x8000_1fff])
      t.is(model.access(card, at, true), at);
    for (const at of [0, 0x7fff_efff, 0x8000_2000, 0xff_7fff_f000, 0x8000_7fff_f000])
      t.is(model.access(card, at, true), undefined);
    t.is(model.access(0x0300, 0x7fff_f000, false), undefined);
    t.is(model.access(dead, 0x7fff_f000, false), undefined);
  });

test("what was released is forgotten by the unit, and its tables serve again", (t) => {
  const { model, iommu, memory } = machine();
  iommu.claim(card);
  iommu.enter(card, 0x40_0000, PAGE);
  t.is(model.access(card, 0x40_0000, true), 0x40_0000);
  t.true(iommu.release(card));
  t.is(model.access(card, 0x40_0000, true), undefined);
  // The context table of the bus stays.
  const before = memory.left;
  for (let round = 0; round < 100; round++) {
    t.is(iommu.claim(card), undefined);
    t.is(iommu.enter(card, round * 0x20_0000, 4 * PAGE), undefined);
    t.is(model.access(card, round * 0x20_0000, false), round * 0x20_0000);
    t.true(iommu.release(card));
  }
  t.is(memory.left, before);
});

test("a claim forgets what an earlier one had entered", (t) => {
  const { model, iommu } = machine();
  iommu.claim(card);
  iommu.enter(card, 0x40_0000, PAGE);
  model.access(card, 0x40_0000, true);
  t.is(iommu.claim(card), undefined);
  t.is(model.access(card, 0x40_0000, true), undefined);
});

test("without memory for tables there is a failure, and what was there still holds", (t) => {
  const { model, iommu } = machine({}, 8);
  t.is(iommu.claim(card), undefined);
  t.is(iommu.enter(card, 0x40_0000, PAGE), undefined);
  t.true(iommu.enter(card, 0x4000_0000, 64 * 2 ** 20) instanceof Failure);
  t.true(iommu.claim(0x0028) instanceof Failure);
  t.is(model.access(card, 0x40_0000, true), 0x40_0000);
  t.true(iommu.release(card));
  t.is(model.access(card, 0x40_0000, true), undefined);
});

test("memory beyond the width, and pieces of pages, are refused", (t) => {
  const { iommu } = machine();
  iommu.claim(card);
  t.true(iommu.enter(card, 2 ** 39 - PAGE, 2 * PAGE) instanceof Failure);
  t.is(iommu.enter(card, 2 ** 39 - PAGE, PAGE), undefined);
  for (const [address, bytes] of [
    [1, PAGE],
    [PAGE, 1],
    [PAGE, 0],
  ] as const)
    t.true(iommu.enter(card, address, bytes) instanceof Failure);
  t.true(iommu.enter(dead, PAGE, PAGE) instanceof Failure);
});

test("domains are few on some units: one too many is refused, one given back serves again", (t) => {
  const { iommu } = machine({}, 256);
  let made = 0;
  while (iommu.claim(made << 3) === undefined) made++;
  // 16, less the one that is never used.
  t.is(made, 15);
  t.true(iommu.release(0));
  t.is(iommu.claim(0x7000), undefined);
});

test("a unit that does not answer: nothing is said to be released", (t) => {
  const { started } = machine({ deaf: true });
  t.false(started);
});

test("a unit with a write buffer is told to flush it before it is told to forget", (t) => {
  const { model, iommu } = machine({ buffered: true });
  const before = model.flushes;
  iommu.claim(card);
  iommu.release(card);
  t.is(model.flushes - before, 2);
});

test("what lies in caches is flushed: each entry that is written", (t) => {
  const { iommu, flushed } = machine();
  iommu.claim(card);
  const before = flushed();
  iommu.enter(card, 0x40_0000, 2 * PAGE);
  t.is(machine({}, 64, true).flushed(), 0);
  // Two tables, their two entries, two pages, and the queue's three commands with the status word.
  t.is(flushed() - before, 2 * PAGE + 2 * 8 + 2 * 8 + 8 + 3 * 16);
});

test("claims of the pci before are in the new tables before the unit sees them", (t) => {
  const { model, iommu, memory } = machine();
  iommu.claim(card);
  iommu.enter(card, 0x40_0000, 2 * PAGE);
  const reads = () => [0x40_0000, 0x40_1000].map((at) => model.access(card, at, true));
  const unit = new Unit(model.registers);
  const abilities = unit.inspect();
  if (typeof abilities === "string") throw new Error(abilities);
  const root = memory.take()!;
  const next = new Iommu([unit], new Translation(memory, root, abilities.levels), 16, false);
  t.is(next.claim(card), undefined);
  t.is(next.enter(card, 0x40_0000, 2 * PAGE), undefined);
  t.deepEqual(reads(), [0x40_0000, 0x40_1000], "by the old tables");
  t.true(unit.start(root, memory.take()!, memory.take()!));
  next.goLive();
  t.deepEqual(reads(), [0x40_0000, 0x40_1000], "by the new ones");
  t.is(model.access(card, 0x40_2000, true), undefined);
  t.true(next.release(card));
  t.deepEqual(reads(), [undefined, undefined]);
});

test("a unit that was on is taken over", (t) => {
  const { model, unit, memory } = machine();
  const root = memory.take()!;
  t.true(unit.start(root, memory.take()!, memory.take()!));
  t.true(model.translating);
  t.is(model.access(card, 0, false), undefined);
});

test("faults are told with who, what and where; overflow does not stop them", (t) => {
  const { model, unit, iommu } = machine();
  unit.tellFaults({ address: 0xfee0_0000, data: 0x41 });
  iommu.claim(card);
  model.access(card, 0x1_2345_6789, true);
  model.access(card, 0x1000, true);
  t.is(model.messages, 1);
  t.deepEqual(unit.faults(), [{ bdf: card, address: 0x1_2345_6000, write: true, reason: 5 }]);
  t.deepEqual(unit.faults(), []);
  model.access(0x0500, 0x1000, false);
  t.is(model.messages, 2);
  t.deepEqual(unit.faults(), [{ bdf: 0x0500, address: 0x1000, write: false, reason: 1 }]);
});

test("a device that keeps trying is told a few times, then kept away in silence", (t) => {
  const { model, unit, iommu } = machine();
  iommu.claim(card);
  iommu.enter(card, 0x40_0000, PAGE);
  const lines: string[] = [];
  const refused: string[] = [];
  const log = new FaultLog({
    owner: (bdf) => (bdf === card ? "e1000e" : undefined),
    hush: (bdf) => iommu.hush(bdf),
    log: (line) => lines.push(line),
    refused: (who) => refused.push(who),
  });
  for (let n = 0; n < 3 * TOLD; n++) {
    model.access(card, n * PAGE, true);
    model.access(dead, n * PAGE, true);
    log.tell(unit.faults());
    model.access(dead, n * PAGE, true);
    log.tell(unit.faults());
  }
  t.is(lines[0], "00:04.0 (e1000e) was kept from writing at 0x0: its driver has no such memory");
  t.is(lines[1], "00:03.0 (nobody's) was kept from writing at 0x0: it has no memory");
  t.is(lines.length, 2 * (TOLD + 1));
  t.deepEqual(refused, Array(TOLD).fill("e1000e"));
  t.is(model.access(card, 0x40_0000, true), 0x40_0000);
  t.is(model.access(card, 0x40_1000, true), undefined);
  t.deepEqual(unit.faults(), []);
  log.forget(card);
  iommu.claim(card);
  model.access(card, 0x40_0000, true);
  t.is(unit.faults().length, 1);
});

test("any history of claims, pages and releases: what is reachable is what was entered since the claim", (t) => {
  const functions = [0x0008, 0x0010, 0x0100];
  const action = fc.record({
    what: fc.constantFrom("claim", "enter", "release"),
    bdf: fc.constantFrom(...functions),
    page: fc.integer({ min: 0, max: 0x600 }),
    count: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { model, iommu } = machine({}, 256);
      const expected = new Map<number, Set<number>>();
      for (const { what, bdf, page, count } of actions) {
        if (what === "claim") {
          if (iommu.claim(bdf) !== undefined) return false;
          expected.set(bdf, new Set());
        } else if (what === "release") {
          if (!iommu.release(bdf)) return false;
          expected.delete(bdf);
        } else {
          const fault = iommu.enter(bdf, page * PAGE, count * PAGE);
          const pages = expected.get(bdf);
          if ((fault === undefined) !== (pages !== undefined)) return false;
          for (let n = 0; n < count; n++) pages?.add(page + n);
        }
        for (const each of functions)
          for (let n = page - 1; n <= page + count; n++) {
            const reached = n >= 0 && model.access(each, n * PAGE, true) !== undefined;
            if (reached !== (expected.get(each)?.has(n) ?? false)) return false;
          }
      }
      return true;
    }),
  );
  t.pass();
});
