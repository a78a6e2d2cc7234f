// The word before the end where a limit of time or heap ends a turn: what the turn had begun has no effect, what the handler sends leaves.
import test from "ava";
import { Ticker } from "../../servers/init/testing/ticker.contract.ts";
import { freshSystem, SimGuest } from "./testing/sim-guest.ts";
import { limitServer, witnessServer } from "./testing/limit-server.ts";
import { withServer } from "./testing/with-server.ts";

const system = await freshSystem();

/** Boots it, lets it come to its end and begin again; what the log says of it. */
async function end(work: string): Promise<string> {
  const witness = { name: "witness", serves: { "/svc/witness": Ticker } } as const;
  const image = await withServer(
    await withServer(system, witnessServer, witness),
    limitServer(work),
    {
      name: "limited",
      uses: ["/svc/witness"],
      budget: 6 << 20,
      restart: { when: "failure" },
    },
  );
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(8e9);
  return (await guest.command("log limited")) + (await guest.command("log witness"));
}

test("a turn that takes too long: the server is told, its durable state is that of the last whole turn", async (t) => {
  const log = await end("for (;;) kept.data = { turns: kept.data.turns + 100 };");
  t.regex(log, /limited: turn took more than 2 s of processor time and was ended/);
  t.regex(log, /limited: told: a turn took more than 2 s of processor time, within 0/);
  t.regex(log, /limited: exited with code 71/);
  t.regex(log, /limited: begins with 1\r?\n[\s\S]*limited: begins with 2\r?\n/);
  t.regex(log, /witness: heard 7\r?\n/);
  t.notRegex(log, /heard 1000/);
});

test("a heap that is full of what the server keeps: it is told all the same", async (t) => {
  const log = await end("for (;;) leak.push(new Array(100).fill(leak.length));");
  t.regex(log, /limited: uncaught: InternalError: out of memory/);
  t.regex(log, /limited: told: its heap has reached its limit, within 0/);
  t.regex(log, /limited: exited with code 70/);
  t.regex(log, /limited: begins with 2\r?\n/);
  t.regex(log, /witness: heard 7\r?\n/);
  t.notRegex(log, /heard 1000/);
});

test("a handler that hangs too, or throws, costs a turn more and no word", async (t) => {
  for (const [work, code] of [
    ["hang = true; for (;;);", 71],
    ["fail = true; for (;;);", 70],
  ] as const) {
    const log = await end(work);
    t.regex(log, new RegExp(`limited: exited with code ${code}`), log);
    t.regex(log, /limited: begins with 2\r?\n/);
    t.notRegex(log, /limited: told: /);
  }
});

test("an exception that is no limit ends the process without a word, as before", async (t) => {
  const log = await end("throw new Error('no such luck');");
  t.regex(log, /limited: uncaught: Error: no such luck/);
  t.regex(log, /limited: exited with code 70/);
  t.notRegex(log, /told: /);
});
