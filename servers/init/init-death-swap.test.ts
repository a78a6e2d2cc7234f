// init dies while another server is being swapped: at whatever moment, the server goes on with its state and its clients, by the old code or
// by the new one, and can be swapped again.
import test from "ava";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const first = { fields: counterFields, code: counter({ code: "one" }) };

/** Milliseconds of virtual time after the begin of the swap, on both sides of the moment at which it is decided. */
const few = [1, 9, 11, 13, 13.5, 14, 17];
const moments =
  process.env.LEIVOS_CAMPAIGN === "soak" ? Array.from({ length: 220 }, (_, i) => i / 10) : few;

for (const moment of moments)
  test.serial(`${moment} ms after the begin of a swap`, async (t) => {
    const guest = await swapScene(
      [first],
      { two: counter({ code: "two" }), three: counter({ code: "three" }) },
      `
      await add(5);
      const pushed = push("two");
      await sleep(1e6);
      say("begins");
      const line = await swap("two", pushed);
      say(line.startsWith("swapped") ? "told" : line.startsWith("failed") ? "lost" : line);
      await sleep(2e9);
      say("sum " + (await add(2)));
      const now = await code();
      say(now);
      const again = await swap("three");
      say(again.slice(0, 15));
      say("sum " + (await add(2)) + " by " + (await code()));
      `,
    );
    await guest.expect(/^host: begins\n/m);
    await guest.pass(moment * 1e6);
    guest.machine.servers().get("init")?.crash();
    const lines = await hostLines(guest);
    t.true(["told", "lost"].includes(lines[1] as string), lines[1]);
    const runs = lines.splice(3, 1)[0] as string;
    t.true(["one", "two"].includes(runs), runs);
    t.deepEqual(lines.slice(2), ["sum 7", "swapped counter", "sum 9 by three"]);
    t.regex(guest.text, /^init: goes on with \d+ running servers$/m);
    t.log(`${lines[1]}, by ${runs}`);
  });
