// Durable state: what was answered survives the end of the process; what was not said yet, does not; state that kills is dropped.
import test from "ava";
import { counter, counterFields, FIRST } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const durable = FIRST.replace("version: 1,", "version: 1, durable: 4096,").replace(
  "schema: { sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) }",
  "schema: { sum: u32, waiting: array(struct({ reply: u32, sum: u32 })) }",
);
const code = (name: string, more: { handlers?: string; begin?: string; state?: string } = {}) =>
  counter({
    code: name,
    state: durable,
    ...more,
    handlers: `
      add: ({ by }) => {
        kept.data.sum += by;
        kept.changed();
        if (by === 13) throw new Error("never thirteen");
        if (by === 14) void Promise.resolve().then(() => { for (;;); });
        return { sum: kept.data.sum };
      },
      ${more.handlers ?? ""}`,
  });

const again = `
  const ask = async (by: number) => {
    for (let tries = 0; ; tries++) {
      const fresh = await connect(Counter, "/svc/counter");
      if (!(fresh instanceof Failure)) {
        const reply = await fresh.add({ by });
        fresh.close();
        return reply instanceof Failure ? "lost" : reply.sum;
      }
      if (tries === 50) return fresh.sentence;
      await sleep(100e6);
    }
  };`;

test("what was answered survives a kill, a swap and a kill; what was not is gone", async (t) => {
  const guest = await swapScene(
    [{ fields: counterFields, code: code("one") }],
    { two: code("two") },
    `${again}
    await add(5);
    await add(2);
    await session.kill({ server: "counter" });
    await sleep(11e9);
    say("after a kill " + (await ask(1)));
    say("in a turn that does not end " + (await ask(14)));
    await sleep(15e9);
    say("afterwards " + (await ask(1)));
    say((await swap("two")).slice(0, 15));
    say("swapped " + (await ask(1)));
    await session.kill({ server: "counter" });
    await sleep(11e9);
    say("after a kill " + (await ask(1)));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "after a kill 8",
    "in a turn that does not end lost",
    "afterwards 9",
    "swapped counter",
    "swapped 10",
    "after a kill 11",
  ]);
});

test("a state of which the server dies twice is left behind, and the log says so", async (t) => {
  const guest = await swapScene(
    [
      {
        fields: counterFields,
        code: code("one", { begin: `if (kept.data.sum === 7) throw new Error("seven");` }),
      },
    ],
    {},
    `${again}
    await add(7);
    await session.kill({ server: "counter" });
    await sleep(5e9);
    say("afresh " + (await ask(1)));
    `,
  );
  t.deepEqual(await hostLines(guest), ["afresh 1"]);
  t.regex(guest.text, /^counter: starts without its durable state, of which it seems to die$/m);
});

test("deaths that are cleared say nothing against a state", async (t) => {
  const guest = await swapScene(
    [{ fields: counterFields, code: code("one") }],
    {},
    `${again}
    await add(7);
    for (let i = 0; i < 4; i++) {
      await session.kill({ server: "counter" });
      await sleep(1e9);
      await session.clear({ server: "counter" });
    }
    say("still " + (await ask(1)));
    `,
  );
  t.deepEqual(await hostLines(guest), ["still 8"]);
});

test("a state that outgrows what it declares ends the process, not what it was", async (t) => {
  const guest = await swapScene(
    [
      {
        fields: counterFields,
        code: code("one", {
          handlers: `reach: ({ sum }) => {
            for (let i = 0; i < sum; i++) kept.data.waiting.push({ reply: i, sum: i });
            kept.changed();
            return { sum };
          },`,
        }),
      },
    ],
    {},
    `${again}
    await add(3);
    const reply = await counter.reach({ sum: 5000 });
    say(reply instanceof Failure ? "lost" : "kept");
    await sleep(2e9);
    say("still " + (await ask(1)));
    `,
  );
  t.deepEqual(await hostLines(guest), ["lost", "still 4"]);
  t.regex(guest.text, /the durable state has \d+ bytes; raise `durable` in its declaration/);
});
