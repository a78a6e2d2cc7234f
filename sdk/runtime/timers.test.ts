import "./testing/model-binding.ts";
import test from "ava";
import fc from "fast-check";
import { after, earliest, every, runTimers, sleep, type Timer } from "./timers.ts";
import { turnTime } from "./turn-time.ts";

function at(now: number): void {
  turnTime.now = now;
  runTimers(now);
}

test.serial(
  "timers fire in the order of their deadlines, equal ones in the order of setting",
  (t) => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ns: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() })),
        (list) => {
          turnTime.now = 0;
          const fired: number[] = [];
          const timers: Timer[] = list.map(({ ns }, i) => after(ns, () => fired.push(i)));
          list.forEach(({ cancel }, i) => {
            if (cancel) timers[i]!.cancel();
          });
          const expected = list
            .map(({ ns, cancel }, i) => ({ ns, cancel, i }))
            .filter(({ cancel }) => !cancel)
            .sort((x, y) => x.ns - y.ns || x.i - y.i);
          t.is(earliest, expected[0]?.ns ?? -1);
          at(25);
          t.deepEqual(
            fired,
            expected.filter(({ ns }) => ns <= 25).map(({ i }) => i),
          );
          at(50);
          t.deepEqual(
            fired,
            expected.map(({ i }) => i),
          );
          t.is(earliest, -1);
          t.false(timers.some(({ pending }) => pending));
        },
      ),
    );
  },
);

test.serial("a timer set while timers run waits for the next turn", (t) => {
  turnTime.now = 100;
  let count = 0;
  const again = () => {
    count++;
    if (count < 5) after(0, again);
  };
  after(0, again);
  at(100);
  t.is(count, 1);
  t.is(earliest, 100);
  for (let i = 0; i < 10; i++) at(101 + i);
  t.is(count, 5);
});

test.serial(
  "every fires each period, makes up for nothing, and ends when cancelled in its own run",
  (t) => {
    turnTime.now = 0;
    let count = 0;
    const timer = every(2_000_000, () => {
      if (++count === 3) timer.cancel();
    });
    at(2_000_000);
    at(9_000_000);
    t.is(count, 2);
    t.is(earliest, 11_000_000);
    at(11_000_000);
    at(20_000_000);
    t.is(count, 3);
    t.is(earliest, -1);
  },
);

test.serial("sleep resolves when its time has come", async (t) => {
  turnTime.now = 0;
  let woke = false;
  const sleeping = sleep(10).then(() => {
    woke = true;
  });
  at(9);
  await Promise.resolve();
  t.false(woke);
  at(10);
  await sleeping;
  t.true(woke);
});
