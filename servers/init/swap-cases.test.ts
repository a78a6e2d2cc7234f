// Swaps in their circumstances: calls that are suspended in code, wrong requests, crashes before and after, servers without state.
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const first = { fields: counterFields, code: counter({ code: "one" }) };
const two = counter({ code: "two" });
const stateless = (code: string) => ({
  fields: counterFields,
  code: counter({ code }).replace(
    /const kept = state\([\s\S]*?\n\}\);/,
    "const kept = { data: { sum: 0, waiting: [] as { reply: number; sum: number }[] } };",
  ),
});

test("calls that are suspended in code refuse the swap with their name, or end in time", async (t) => {
  const slow = (ms: number) =>
    counter({
      code: "one",
      handlers: `reach: async ({ sum }) => { await sleep(${ms}e6); return { sum }; },`,
    });
  const guest = await swapScene(
    [{ fields: counterFields, code: slow(500) }],
    { two, quick: slow(20) },
    `
    const three = [1, 2, 3].map((sum) => counter.reach({ sum }));
    await add(1);
    say(await swap("two"));
    say("sum " + (await add(1)) + " by " + (await code()));
    for (const each of three) { const reply = await each; say("reached " + (reply instanceof Failure ? reply.sentence : reply.sum)); }
    say((await swap("quick")).slice(0, 15));
    const one = counter.reach({ sum: 7 });
    await add(1);
    say((await swap("two")).slice(0, 15));
    const reply = await one;
    say("reached " + (reply instanceof Failure ? reply.sentence : reply.sum));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "refused counter because 3 calls of counter.reach are suspended in code",
    "sum 2 by one",
    "reached 1",
    "reached 2",
    "reached 3",
    "swapped counter",
    "swapped counter",
    "reached 7",
  ]);
});

test("after a crash the live code starts, and rollback goes to the one before", async (t) => {
  const guest = await swapScene(
    [first],
    { two, three: counter({ code: "three", handlers: `reach: () => { for (;;); },` }) },
    `
    say(await rollback());
    await swap("two");
    say("by " + (await code()));
    say((await rollback()).slice(0, 15));
    say("by " + (await code()));
    say((await rollback()).slice(0, 15));
    await add(3);
    await session.kill({ server: "counter" });
    await sleep(1e9);
    const again = await connect(Counter, "/svc/counter");
    if (again instanceof Failure) throw new Error(again.sentence);
    const reply = await again.code({});
    say("after a crash by " + (reply instanceof Failure ? reply.sentence : reply.code));
    const rows = await session.servers({ from: 0 });
    if (rows instanceof Failure) throw new Error(rows.sentence);
    say("shown " + (rows.servers.find(({ name }) => name === "counter")?.code === codes["two"]!.digest.slice(0, 12)));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "failed: counter was not swapped: there is nothing to go back to",
    "by two",
    "swapped counter",
    "by one",
    "swapped counter",
    "after a crash by two",
    "shown true",
  ]);
});

test("wrong requests are failures, and cost nothing", async (t) => {
  const guest = await swapScene(
    [first],
    { two },
    `
    const before = await held();
    say(await swap("two", undefined, "", "0".repeat(64)));
    say(await swap("two", undefined, "{"));
    say(await swap("two", undefined, '{"name":"counter"}'));
    const [memory] = push("two");
    say(await swap("two", [memory, 0]));
    const [other] = push("two");
    say(await swap("two", [other, 3 << 20]));
    const missing = await session.swap({ server: "nobody", code: push("two")[0].take(), size: 5, digest: "", manifest: new Uint8Array(0) });
    say(missing instanceof Failure ? missing.sentence : missing.line);
    const own = await session.swap({ server: "host", code: push("two")[0].take(), size: 5, digest: "", manifest: new Uint8Array(0) });
    say(own instanceof Failure ? own.sentence : own.line);
    say("handles " + ((await held()) - before) + " by " + (await code()));
    const both = await Promise.all([swap("two"), swap("two")]);
    say(both.map((each) => each.slice(0, 15)).sort().join());
    `,
  );
  const lines = await hostLines(guest);
  t.regex(lines[0]!, /^failed: swap: the code has the SHA-256 [0-9a-f]{64}, not 0{64}$/);
  t.is(lines[1], "failed: swap: the manifest is no JSON");
  t.regex(lines[2]!, /^failed: swap: manifest \w+: /);
  t.regex(lines[3]!, /^failed: swap: code has 1 to 2097152 bytes/);
  t.regex(lines[4]!, /^failed: swap: code has 1 to 2097152 bytes/);
  t.is(lines[5], "there is no server nobody; `ps` lists them");
  t.is(lines[6], "host carries this very request: `restart` it");
  t.is(lines[7], "handles 0 by one");
  t.is(lines[8], "refused counter,swapped counter");
});

test("a server without state starts afresh, and with the code before when the new one does not get ready", async (t) => {
  const guest = await swapScene(
    [stateless("one")],
    { two: stateless("two").code, bad: `run(() => { throw new Error("no such day"); });` },
    `
    const ask = async () => {
      const again = await connect(Counter, "/svc/counter");
      if (again instanceof Failure) return again.sentence;
      const reply = await again.code({});
      return reply instanceof Failure ? reply.sentence : reply.code;
    };
    say((await swap("two")).replace(/[\\d.]+ ms/, "N ms"));
    say("by " + (await ask()));
    say(await swap("bad"));
    say("by " + (await ask()));
    say((await rollback()).replace(/[\\d.]+ ms/, "N ms"));
    say("by " + (await ask()));
    `,
  );
  const lines = await hostLines(guest);
  t.is(lines[0], "restarted counter N ms because it declares no state (docs/hot-swap.md)");
  t.is(lines[1], "by two");
  t.regex(
    lines[2]!,
    /^refused counter because uncaught: Error: no such day at .*; the code before was started again$/,
  );
  t.is(lines[3], "by two");
  t.is(lines[4], lines[0]);
  t.is(lines[5], "by one");
});

test("a new manifest counts from the swap on, and says when the server must begin afresh", async (t) => {
  const manifest = (more: object) =>
    JSON.stringify(JSON.stringify(packManifest({ budget: 12 << 20, ...counterFields, ...more })));
  const weighed = counter({
    code: "",
    before: 'import { ownInfo } from "../../../sdk/runtime/process.ts";',
    handlers: "code: () => ({ code: `weight ${ownInfo().weight.toString(16)}` }),",
  });
  const fields = { uses: ["/svc/random"], weight: 50, class: "batch" };
  const guest = await swapScene(
    [first],
    { two, weighed },
    `
    say((await swap("weighed", undefined, ${manifest(fields)})).slice(0, 15) + ", " + (await code()));
    const caps = await session.capabilities({ server: "counter" });
    if (caps instanceof Failure) throw new Error(caps.sentence);
    say(caps.lines.filter((line) => /uses|weight/.test(line)).join("; "));
    say(await swap("two", undefined, ${manifest({ serves: {} })}));
    say(await swap("two", undefined, ${manifest({ devices: ["warp-drive"] })}));
    say("by " + (await code()));
    say((await swap("two", undefined, ${manifest({ devices: ["i8042"] })})).replace(/[\\d.]+ ms/, "N ms"));
    `,
  );
  const lines = await hostLines(guest);
  t.is(lines[0], "swapped counter, weight 10032");
  t.regex(lines[1]!, /^uses +\/svc\/random; budget +12288 KiB, weight 50, batch$/);
  t.is(lines[2], "refused counter because it serves nothing, not /svc/counter: boot again");
  t.regex(lines[3]!, /^failed: swap: manifest devices|^refused counter because .*warp-drive/);
  t.regex(lines[4]!, /^by weight/);
  t.is(lines[5], "restarted counter N ms because its manifest asks for other grants");
});

test("a kill at any moment of a swap leaves a server that answers, and nothing else", async (t) => {
  const guest = await swapScene(
    [{ fields: { ...counterFields, restart: { when: "always", most: 100 } }, code: first.code }],
    { two },
    `
    const ask = async () => {
      for (let tries = 0; tries < 100; tries++) {
        const fresh = await connect(Counter, "/svc/counter");
        if (!(fresh instanceof Failure)) {
          const reply = await fresh.code({});
          fresh.close();
          if (!(reply instanceof Failure)) return reply.code;
        }
        await sleep(100e6);
      }
      return "nothing";
    };
    const free = async () => {
      const found = await session.memory({});
      return found instanceof Failure ? -1 : found.free;
    };
    const kinds: { [kind: string]: number } = {};
    const [pushed, size] = push("two");
    await sleep(1e6);
    // the live code and the one before are kept from now on
    await swap("two");
    await swap("two");
    let base = 0;
    for (let i = 0; i < 24; i++) {
      const copy = pushed.duplicate();
      if (copy instanceof Failure) throw new Error(copy.sentence);
      const line = swap("two", [new Memory(copy), size]);
      await sleep(i * 1.5e6);
      await session.kill({ server: "counter" });
      const kind = (await line).split(" ")[0]!;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      const by = await ask();
      if (by !== "one" && by !== "two") say("after " + (await line) + ": " + by);
      await sleep(11e9);
      if (i === 3) base = await free();
    }
    say(Object.keys(kinds).sort().join());
    await sleep(1e9);
    const grown = base - (await free());
    say("memory " + (grown < 64 << 10 ? "same" : grown));
    say("processes " + (await (async () => {
      const rows = await session.processes({ from: 0 });
      return rows instanceof Failure ? rows.sentence : rows.processes.length;
    })()));
    `,
  );
  await guest.pass(300e9);
  const lines = await hostLines(guest);
  t.log(lines.join("\n"));
  t.is(lines.length, 3, lines.join("\n"));
  t.is(lines[0], "refused,swapped");
  t.is(lines[1], "memory same");
  t.is(lines[2], "processes 3");
});

test("without a way back a rollback is refused, and can drop the state", async (t) => {
  const second = counter({
    code: "two",
    state: `{
      version: 2,
      schema: { sum: u32, name: string },
      initial: { sum: 0, name: "" },
      migrate: { 1: from({ sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) }, ({ sum }) => ({ sum, name: "x" })) },
    }`,
    handlers: "add: ({ by }) => ({ sum: (kept.data.sum += by) }), reach: ({ sum }) => ({ sum }),",
  });
  const guest = await swapScene(
    [first],
    { second },
    `
    await add(5);
    say((await swap("second")).slice(0, 15));
    say("sum " + (await add(1)) + " by " + (await code()));
    say(await rollback());
    say("sum " + (await add(1)) + " by " + (await code()));
    say((await rollback(true)).replace(/[\\d.]+ ms/, "N ms"));
    const again = await connect(Counter, "/svc/counter");
    if (again instanceof Failure) throw new Error(again.sentence);
    const reply = await again.add({ by: 1 });
    say("sum " + (reply instanceof Failure ? reply.sentence : reply.sum));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "swapped counter",
    "sum 6 by two",
    "refused counter because the state is version 2, this code has version 1 and no migration from 2",
    "sum 7 by two",
    "restarted counter N ms because its state was to be dropped",
    "sum 1",
  ]);
});

test("a server that does not run starts with the code that was pushed", async (t) => {
  const guest = await swapScene(
    [{ fields: { ...counterFields, restart: { when: "never" } }, code: first.code }],
    { two, bad: counter({ code: "bad", begin: `throw new Error("no such day");` }) },
    `
    const by = async () => {
      const again = await connect(Counter, "/svc/counter");
      if (again instanceof Failure) return "nobody";
      const reply = await again.code({});
      return reply instanceof Failure ? reply.sentence : reply.code;
    };
    await session.kill({ server: "counter" });
    await sleep(1e9);
    say(await by());
    say((await swap("bad")).replace(/ at .*?;/, ";"));
    await sleep(1e9);
    say((await swap("two")).replace(/[\\d.]+ ms/, "N ms"));
    say(await by());
    `,
  );
  const lines = await hostLines(guest);
  t.is(lines[0], "nobody");
  t.regex(lines[1]!, /^refused counter because uncaught: Error: no such day/);
  t.regex(lines[2]!, /^(?:restarted counter N ms because it did not run|swapped counter N ms)/);
  t.is(lines[3], "two");
});
