// Tables of a server: they move by handle whatever they hold, outlive a crash as the last whole turn left them, and are as before when new
// code that has changed them is not kept.
import test from "ava";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

/** `add` appends that many rows; `code` says rows, the sum of their values, of the new column, and the version. */
const version = (code: string, more: { row?: string; begin?: string; durable?: boolean } = {}) =>
  `import { table } from "../../../sdk/hot/table.ts";\n${counter({
    code,
    state: "{ version: 1, schema: { sum: u32 }, initial: { sum: 0 } }",
    before: `const rows = table({ name: "rows", row: { ${more.row ?? "id: u32, value: u32"} }, room: 16, most: 20_000, durable: ${more.durable ?? true} });`,
    begin: more.begin ?? "",
    handlers: `
      add: ({ by }) => {
        for (let i = 0; i < by; i++) rows.add({ id: rows.length, value: 1 } as never);
        kept.data.sum += by;
        return { sum: rows.length };
      },
      reach: ({ sum }) => {
        rows.write(sum, "value", 1000);
        void Promise.resolve().then(() => { for (;;); });
        return { sum };
      },
      code: () => {
        let value = 0;
        let extra = 0;
        for (let i = 0; i < rows.length; i += 500) {
          value += rows.read(i, "value");
          if ("${more.row ?? ""}".includes("extra")) extra += rows.read(i, "extra" as never);
        }
        return { code: "${code} " + rows.length + " " + value + " " + extra };
      },`,
  })}`;

const again = `
  const plain = (line: string) => line.replace(/[\\d.]+ ms/g, "N ms");
  const ask = async () => {
    for (let tries = 0; tries < 200; tries++) {
      const fresh = await connect(Counter, "/svc/counter");
      if (!(fresh instanceof Failure)) {
        const reply = await fresh.code({});
        fresh.close();
        if (!(reply instanceof Failure)) return reply.code;
      }
      await sleep(100e6);
    }
    return "nothing";
  };`;

test("rows move by handle, with a column more; changes of code that is not kept are undone", async (t) => {
  const extra = "id: u32, value: u32, extra: u32";
  const guest = await swapScene(
    [{ fields: counterFields, code: version("one") }],
    {
      two: version("two", { row: extra }),
      spoils: version("bad", {
        begin: `for (let i = 0; i < 100; i++) rows.write(i, "value", 7); rows.add({ id: 1, value: 1 }); rows.remove(500); throw new Error("not today");`,
      }),
      narrow: version("bad", { row: "id: u8, value: u32" }),
      none: counter({
        code: "bad",
        state: "{ version: 1, schema: { sum: u32 }, initial: { sum: 0 } }",
      }),
      three: version("three", {
        row: extra,
        begin: `for (let i = 0; i < rows.length; i += 500) rows.write(i, "extra", 2);`,
      }),
    },
    `${again}
    for (let i = 0; i < 20; i++) await add(500);
    say(await code());
    const before = await held();
    for (const name of ["spoils", "narrow", "none", "two", "spoils", "three"]) {
      say(plain(await swap(name)));
      say(await code());
    }
    say(plain(await rollback()));
    say(await code());
    say("handles " + ((await held()) - before));
    `,
  );
  const lines = await hostLines(guest);
  const swapped = "swapped counter N ms (paused N ms, 1 stream kept)";
  t.deepEqual(lines, [
    "one 10000 20 0",
    "refused counter because not today",
    "one 10000 20 0",
    "refused counter because table `rows`: column id:u32 is id:u8 in this code; columns keep their places, new ones come behind them",
    "one 10000 20 0",
    "refused counter because the running code has a table `rows`, this code declares none",
    "one 10000 20 0",
    swapped,
    "two 10000 20 0",
    "refused counter because not today",
    "two 10000 20 0",
    swapped,
    "three 10000 20 40",
    swapped,
    "two 10000 20 40",
    "handles 0",
  ]);
});

test("a durable table is there after a kill, without what a turn had changed that did not end", async (t) => {
  const guest = await swapScene(
    [
      {
        fields: { ...counterFields, restart: { when: "always", most: 100 } },
        code: version("one"),
      },
    ],
    { two: version("two"), plain: version("plain", { durable: false }) },
    `${again}
    for (let i = 0; i < 10; i++) await add(500);
    await session.kill({ server: "counter" });
    await sleep(11e9);
    say(await ask());
    const fresh = await connect(Counter, "/svc/counter");
    if (fresh instanceof Failure) throw new Error(fresh.sentence);
    const lost = await fresh.reach({ sum: 500 });
    say("lost " + (lost instanceof Failure));
    await sleep(11e9);
    say(await ask());
    say(plain(await swap("two")));
    await session.kill({ server: "counter" });
    await sleep(11e9);
    say(await ask());
    say(plain(await swap("plain")));
    say(await ask());
    `,
  );
  await guest.pass(120e9);
  t.deepEqual(await hostLines(guest), [
    "one 5000 10 0",
    "lost true",
    "one 5000 10 0",
    "swapped counter N ms (paused N ms, 0 streams kept)",
    "two 5000 10 0",
    "swapped counter N ms (paused N ms, 0 streams kept)",
    "plain 5000 10 0",
  ]);
});

test("the word to go on takes nothing away of a turn in which nobody had stopped", async (t) => {
  // init says it to all servers after its own death, and after a stop that came to nothing: beside other messages, in one turn
  const code = `import { resume } from "../../../sdk/hot/running.ts";\n${version("one", {
    begin: `rows.add({ id: 0, value: 5 }); resume();`,
  })}`;
  const guest = await swapScene(
    [{ fields: counterFields, code }],
    {},
    `${again} say(await ask());`,
  );
  t.deepEqual(await hostLines(guest), ["one 1 5 0"]);
});
