// Swaps of a server whose client does not take its events: what waits for it moves, in order, with handles, and the swap is as any other.
import test from "ava";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const fields = {
  name: "ticker",
  serves: { "/svc/ticker": { name: "ticker", version: 1, methods: {} } },
} as const;

const ticker = (code: string, more = "") => `
import { u32 } from "../../../sdk/contract/field.ts";
import { state } from "../../../sdk/hot/state.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { serve } from "../../../sdk/runtime/serve.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Ticker } from "../../../servers/init/testing/ticker.contract.ts";
const kept = state({ version: 1, schema: { n: u32 }, initial: { n: 0 } });
run(() => {
  const ticker = serve("/svc/ticker", Ticker, {
    tell: ({ count }) => {
      for (let i = 0; i < count; i++) {
        const n = kept.data.n++;
        for (const peer of ticker.peers) {
          let memory: number | undefined;
          if (n % 10 === 0) {
            const made = Memory.create(4096);
            const view = made instanceof Failure ? made : made.map();
            if (made instanceof Failure || view instanceof Failure) throw new Error("no memory");
            view.set32(0, n);
            view.close();
            memory = made.take();
          }
          peer.send.tick(memory === undefined ? { n } : { n, memory });
        }
      }
      return { code: "${code}" };
    },
  });
  ${more}
  ready();
});
`;

/** The host holds a second channel that it does not listen to until `hear`. */
const deaf = `
  const teller = await connect(Ticker, "/svc/ticker");
  if (teller instanceof Failure) throw new Error(teller.sentence);
  teller.on.tick(({ memory }) => { if (memory !== undefined) closeHandle(memory); });
  const tell = async (count: number) => {
    const reply = await teller.tell({ count });
    return reply instanceof Failure ? reply.sentence : reply.code;
  };
  const init = supervisor()!;
  const opened2 = await init.open({ name: "/svc/ticker" });
  if (opened2 instanceof Failure) throw new Error(opened2.sentence);
  const got: number[] = [];
  const hear = () => {
    const client = open(Ticker, opened2.channel);
    client.on.tick(({ n, memory }) => {
      got.push(n);
      if (memory === undefined) return;
      const own = new Memory(memory);
      const view = own.map(protections.READ);
      if (view instanceof Failure || view.get32(0) !== n) say("tick " + n + " has lost its memory");
      else view.close();
      own.close();
    });
  };
  const order = () => {
    let rising = true;
    for (let i = 1; i < got.length; i++) if (got[i]! !== got[i - 1]! + 1) rising = false;
    return got.length + " ticks " + got[0] + " to " + got[got.length - 1] + (rising ? " in order" : " not in order: " + got.join(" "));
  };
`;
const imports = `
import { Ticker } from "../../../servers/init/testing/ticker.contract.ts";
import { open } from "../../../sdk/runtime/open.ts";
import { supervisor } from "../../../sdk/runtime/supervisor.ts";
import { closeHandle } from "../../../sdk/runtime/handle.ts";
import { protections } from "../../../sdk/abi/table.ts";
`;

test("events that wait for a slow client move with it, once and in order", async (t) => {
  const guest = await swapScene(
    [{ fields, code: ticker("one") }],
    { two: ticker("two"), bad: ticker("bad", "throw new Error('no');") },
    `${deaf}
    say("by " + (await tell(100)));
    say((await swap("bad")).replace(/ at .*/, ""));
    say((await swap("two")).replace(/ [\\d.]+ ms.*/, ""));
    say("by " + (await tell(5)));
    say((await rollback()).replace(/ [\\d.]+ ms.*/, ""));
    say("by " + (await tell(5)));
    hear();
    await sleep(2e9);
    say(order());
    say("by " + (await tell(3)));
    await sleep(1e9);
    say(order());
    `,
    { imports },
  );
  t.deepEqual(await hostLines(guest), [
    "by one",
    "refused ticker because no",
    "swapped ticker",
    "by two",
    "swapped ticker",
    "by one",
    "110 ticks 0 to 109 in order",
    "by one",
    "113 ticks 0 to 112 in order",
  ]);
});

test("handles of events that are dropped, or whose client goes away, are closed", async (t) => {
  const guest = await swapScene(
    [{ fields, code: ticker("one") }],
    { two: ticker("two") },
    `${deaf}
    const before = await held();
    await tell(300);
    say((await held()) > before ? "some wait" : "none waits");
    closeHandle(opened2.channel);
    await sleep(1e9);
    say("after its end: " + ((await held()) - before));
    `,
    { imports },
  );
  // the end of the client's channel itself
  t.deepEqual(await hostLines(guest), ["some wait", "after its end: -1"]);
});
