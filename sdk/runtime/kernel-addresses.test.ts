import "./testing/model-binding.ts";
import test from "ava";
import fc from "fast-check";
import { addresses, errors, limits, syscalls } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { giveAddresses, takeAddresses } from "./kernel-addresses.ts";
import { Memory } from "./memory.ts";
import { model } from "./testing/model-binding.ts";

const PAGE = limits.PAGE_BYTES;
const FIRST = addresses.HEAP + 2 ** 30;
const END = addresses.HEAP + 2 ** 32 - 2 ** 27;
const pages = (bytes: number) => Math.ceil(bytes / PAGE);

test.serial(
  "what is taken lies in the first gap that it fits, a page apart from its neighbours",
  (t) => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 40 * PAGE }), give: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const taken = new Map<number, number>();
        const free = (page: number, count: number) =>
          [...taken].every(([from, n]) => page + count + 1 <= from || from + n + 1 <= page);
        for (const { bytes, give } of steps) {
          if (give % 3 === 0 && taken.size > 0) {
            const page = [...taken.keys()][give % taken.size]!;
            taken.delete(page);
            giveAddresses(FIRST + page * PAGE);
            continue;
          }
          const page = (takeAddresses(bytes)! - FIRST) / PAGE;
          let first = 0;
          while (!free(first, pages(bytes))) first++;
          t.is(page, first);
          taken.set(page, pages(bytes));
        }
        for (const page of taken.keys()) giveAddresses(FIRST + page * PAGE);
      }),
    );
  },
);

test.serial("all of it can be taken, again and again, and no more", (t) => {
  for (let round = 0; round < 3; round++) {
    const half = (END - FIRST) / 2 - PAGE;
    t.is(takeAddresses(half), FIRST);
    t.is(takeAddresses(half + 1), undefined);
    t.is(takeAddresses(half), FIRST + half + PAGE);
    t.is(takeAddresses(1), undefined);
    giveAddresses(FIRST);
    t.is(takeAddresses(half + 1), undefined);
    t.is(takeAddresses(half), FIRST);
    giveAddresses(FIRST + half + PAGE);
    giveAddresses(FIRST);
    t.throws(() => giveAddresses(FIRST), { instanceOf: RangeError });
  }
});

test.serial(
  "a view that is closed gives its addresses back; one that was not mapped keeps none",
  (t) => {
    const sys = model.sys.bind(model);
    const size = 3 * PAGE;
    let refuse = false;
    model.sys = (number, ...rest) => {
      const name = syscalls[number]![0];
      if (name === "memory_info") return size;
      if (name === "memory_map") return refuse ? errors.BUDGET_EMPTY[0] : rest[2]!;
      return sys(number, ...rest);
    };
    const map = () => {
      const view = new Memory(1).mapForKernels();
      if (view instanceof Failure) throw new Error(view.sentence);
      return view;
    };
    const [a, b] = [map(), map()];
    t.deepEqual([a.address, b.address], [FIRST, FIRST + size + PAGE]);
    a.close();
    a.close();
    t.is(a.address, 0);
    refuse = true;
    t.true(new Memory(1).mapForKernels() instanceof Failure);
    refuse = false;
    const c = map();
    t.is(c.address, FIRST);
    b.close();
    c.close();
    model.sys = sys;
  },
);
