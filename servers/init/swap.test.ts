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
    const news = await session.events({ after: 0 });
    if (news instanceof Failure) throw new Error(news.sentence);
    say(news.events.filter(({ server }) => server === "counter").map(({ what }) => what).join());
    const reply = await reached;
    say("reached " + (reply instanceof Failure ? reply.sentence : reply.sum));
    `,
  );
  const lines = await hostLines(guest);
  t.regex(lines[1] as string, /^swapped counter [\d.]+ ms \(paused [\d.]+ ms, 1 stream kept\)$/);
  lines.splice(1, 1);
  t.deepEqual(lines, ["sum 5 by one", "sum 7 by two", "sum 9", "started,swapped", "reached 9"]);
});

test("timers ring in the new code, sessions and what `dispose` kept move with their clients", async (t) => {
  const version = (code: string) =>
    counter({
      code,
      before: `
        let elsewhere = 0;
        const ring = timer("ring", () => { elsewhere += ${code === "one" ? 1 : 1000}; });
        dispose(() => { kept.data.sum = elsewhere; });`,
      begin: "elsewhere = kept.data.sum;",
      handlers: `
        add: ({ by }) => { ring.set(now() + by * 1e9); return { sum: elsewhere }; },
        code: (_request, peer) => {
          peer.session ??= { calls: 0 };
          peer.session.calls++;
          return { code: "${code} " + peer.session.calls + " " + elsewhere + " " + peer.name };
        },`,
      options: "{ session: { schema: { calls: u32 } } }",
    });
  const guest = await swapScene(
    [{ fields: counterFields, code: version("one") }],
    { two: version("two") },
    `
    say(await code());
    await add(1);
    await sleep(2e9);
    say(await code());
    await add(3);
    say((await swap("two")).slice(0, 15));
    say(await code());
    await sleep(2e9);
    say(await code());
    await sleep(2e9);
    say(await code());
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "one 1 0 host",
    "one 2 1 host",
    "swapped counter",
    "two 3 1 host",
    "two 4 1 host",
    "two 5 1001 host",
  ]);
});

test("sessions without a schema refuse the swap, and code without state can say that it takes over", async (t) => {
  const sessions = counter({
    code: "one",
    handlers: `code: (_request, peer) => { peer.session ??= { calls: 1 }; return { code: "one" }; },`,
  });
  const accepting = (code: string) =>
    `import { accept } from "../../../sdk/hot/accept.ts";\naccept();\n${counter({ code }).replace(
      /const kept = state\([\s\S]*?\n\}\);/,
      "const kept = { data: { sum: 0, waiting: [] as { reply: number; sum: number }[] } };",
    )}`;
  const refused = await swapScene(
    [{ fields: counterFields, code: sessions }],
    { two: counter({ code: "two" }) },
    `await code(); say(await swap("two")); say(await code());`,
  );
  t.deepEqual(await hostLines(refused), [
    "refused counter because clients of /svc/counter have sessions that do not move (serve, option session)",
    "one",
  ]);
  const taken = await swapScene(
    [{ fields: counterFields, code: accepting("one") }],
    { two: accepting("two") },
    `say(await code()); say((await swap("two")).replace(/[\\d.]+ ms/g, "N ms")); say(await code());`,
  );
  t.deepEqual(await hostLines(taken), [
    "one",
    "swapped counter N ms (paused N ms, 1 stream kept)",
    "two",
  ]);
});
