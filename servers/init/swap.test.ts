// A server is swapped while clients use it, on the simulated nucleus: what moves, and what the line says.
import test from "ava";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const first = { fields: counterFields, code: counter({ code: "one" }) };

test("new code has the state, the clients and the parked calls", async (t) => {
  const guest = await swapScene(
    [first],
    { two: counter({ code: "two" }) },
    `
    say("sum " + (await add(5)) + " by " + (await code()));
    const reached = counter.reach({ sum: 9 });
    say(await swap("two"));
    say("sum " + (await add(2)) + " by " + (await code()));
    say("sum " + (await add(2)));
    const reply = await reached;
    say("reached " + (reply instanceof Failure ? reply.sentence : reply.sum));
    `,
  );
  const lines = await hostLines(guest);
  t.regex(lines[1] as string, /^swapped counter [\d.]+ ms \(paused [\d.]+ ms, 1 stream kept\)$/);
  lines.splice(1, 1);
  t.deepEqual(lines, ["sum 5 by one", "sum 7 by two", "sum 9", "reached 9"]);
});
