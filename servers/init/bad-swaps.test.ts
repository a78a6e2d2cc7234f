// Code that must not take over: each is refused with its reason in one line, the old code answers all the time, and the next good code works.
import test from "ava";
import { bad, badBody, badCodes, badSequence, badTroubles, first } from "./testing/bad-codes.ts";
import { counter } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

test("each bad swap is refused with its reason, and the old code never stops serving", async (t) => {
  const codes: Record<string, string> = { good: counter({ code: "good" }) };
  for (const [name, { code }] of Object.entries(bad)) codes[name] = code;
  const guest = await swapScene(
    [first],
    codes,
    `
    await swap("throwsInRun");
    const before = await held();
    for (const name of ${JSON.stringify(Object.keys(bad))}) {
      const pushed = push(name);
      await sleep(1e6); // pushing took the host a while: the load is measured from the next turn on
      load.worst = 0;
      begin();
      say(name + ": " + (await swap(name, pushed)));
      await end();
      say(name + " worst " + load.worst / 1e6 + " by " + (await code()));
    }
    say("handles " + ((await held()) - before));
    begin();
    say(await swap("good"));
    await end();
    say("by " + (await code()) + " wrong " + load.wrong.join());
    `,
  );
  const lines = await hostLines(guest);
  for (const [name, { line }] of Object.entries(bad)) {
    const said = lines.find((each) => each.startsWith(`${name}: `)) ?? "";
    t.regex(said.slice(name.length + 2), line);
    const [, worst, code] = lines
      .map((each) => new RegExp(`^${name} worst ([\\d.]+) by (.*)$`).exec(each))
      .find((each) => each !== null) ?? ["", "", ""];
    t.true(Number(worst) <= 100, `${name}: a call took ${worst} ms`);
    t.is(code, "one", name);
  }
  t.true(lines.includes("handles 0"), lines.join("\n"));
  t.regex(lines.at(-2) as string, /^swapped counter /);
  t.is(lines.at(-1), "by good wrong ");
});

test("good, bad and back in a random sequence: the last good code always answers, and nothing stays behind", async (t) => {
  t.timeout(process.env["LEIVOS_CAMPAIGN"] === "soak" ? 1_800_000 : 600_000);
  const size = process.env["LEIVOS_CAMPAIGN"] === "soak" ? 200 : 14;
  const seed = Number(process.env["LEIVOS_SEED"] ?? 7);
  const sequence = badSequence(size, seed);
  const guest = await swapScene([first], badCodes(), badBody(sequence));
  const lines = await hostLines(guest);
  t.log(`seed ${seed}; ${lines.at(-1)}`);
  t.deepEqual(badTroubles(sequence, lines), []);
});
