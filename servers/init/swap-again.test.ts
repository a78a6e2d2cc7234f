// A swap right after one that came to nothing: the word that takes the stop back and the next request for the state come in one turn.
import test from "ava";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

test("a swap after one whose code stopped too late just works", async (t) => {
  // the first copy is for the trial, the second is what is handed over: it takes longer than init waits, and init goes on meanwhile
  const slow = counter({
    code: "one",
    before: `
      let copies = 0;
      dispose(() => {
        copies++;
        for (let i = 0; copies === 2 && i < 2e6; i++);
      });`,
  });
  const guest = await swapScene(
    [{ fields: counterFields, code: slow }],
    { two: counter({ code: "two" }) },
    `
    await add(5);
    const before = await held();
    say(await swap("two"));
    say((await swap("two")).slice(0, 15));
    say("sum " + (await add(1)) + " by " + (await code()) + ", handles " + ((await held()) - before));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "refused counter because the running code did not stop in time: hot.quiesce: the deadline passed",
    "swapped counter",
    "sum 6 by two, handles 0",
  ]);
});
