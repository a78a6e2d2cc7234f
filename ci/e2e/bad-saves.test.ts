// What must not take over, saved under `uusi dev` with a system in QEMU, in one boot: each save is answered by one line that says why, the old
// code answers all the time, and the next good save works.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import type { RunningMachine } from "../../sdk/cli/channel/machines.ts";
import { counterMain, writeCounter } from "./counter-in-tree.ts";
import { devProcess } from "./dev-process.ts";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("bad-saves");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

/** The state in a version 2, made of that of the first one by \`migrate\`. */
const second = (migrate: string) => `{
  version: 2,
  schema: { sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) },
  initial: { sum: 0, waiting: [] },
  migrate: { 1: from({ sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) }, ${migrate}) },
}`;
const bad = (version: object) => counterMain({ code: "bad", ...version });
const LATE = "it did not start within 1000 ms: hot\\.prepare: the deadline passed";

/** Each save and its line's reason. */
const saves: Record<string, readonly [text: string, reason: string]> = {
  "a syntax error": [
    `${counterMain({ code: "bad" })}}\n`,
    'servers/counter/main\\.ts:\\d+:1: Unexpected "}"',
  ],
  "a throw in migrate": [
    bad({ state: second(`() => { throw new Error("no way to count"); }`) }),
    "no way to count",
  ],
  "a start that hangs": [bad({ before: "for (;;);" }), LATE],
  "a flood": [bad({ before: `for (;;) log("flood");` }), LATE],
  "more than its memory": [
    bad({ before: "const all: number[][] = []; for (;;) all.push(new Array(10000).fill(0.5));" }),
    `uncaught while starting: InternalError: out of memory at .*|${LATE}`,
  ],
  "a capability that the manifest lacks": [
    bad({ begin: `serve("/svc/other", Counter, {} as never);` }),
    "the manifest does not serve /svc/other; add it under `serves`",
  ],
  "a state that it rejects": [
    bad({ state: second(`() => invalidate("the sum must be even")`) }),
    "the sum must be even",
  ],
};

/** `reach` stays open until its client is gone. */
const holding = counterMain({
  code: "holding",
  before: "let release: ((reply: { sum: number }) => void) | undefined;",
  handlers: `
    reach: () => new Promise<{ sum: number }>((resolve) => { release = resolve; }),
    closed: ({ name }) => { if (name === "holder") release?.({ sum: 0 }); },`,
});

test("seven bad saves and a suspended call are refused by name, and the old code answers", async (t) => {
  t.timeout(600_000);
  writeCounter(copy, { code: "one" });
  const { child, next, ended } = devProcess(copy, "--accel", "tcg", "--net", "none");
  const file = join(copy, "servers/counter/main.ts");
  let writes = 0;
  /** Saves until the line is no refusal for the time that a busy host took. */
  const save = async (text: string, wanted: RegExp) => {
    for (let tries = 1; ; tries++) {
      writeFileSync(file, `${text}// ${++writes}\n`);
      const line = (await next(/^(?:swapped|restarted|refused|kept) .*\n/m)).trimEnd();
      if (wanted.test(line) || tries === 80 || !/within \d+ ms|in time/.test(line)) return line;
    }
  };
  try {
    t.regex(await next(/^dev: (?:not )?watching.*\n/m, 330_000), /^dev: watching /);
    const [recorded] = readdirSync(join(copy, "build/machines"));
    const path = join(copy, "build/machines", recorded!);
    const { channel } = JSON.parse(readFileSync(path, "utf8")) as RunningMachine;
    const asked = async <T>(use: (connection: Connection) => Promise<T>) => {
      const connection = await Connection.open(channel, 60_000);
      try {
        return await use(connection);
      } finally {
        connection.close();
      }
    };
    const stateOf = async (server: string) =>
      (await asked((line) => liveSource(line).state(server))).states[0]!.data as {
        [name: string]: unknown;
      };
    /** Waits until more calls than now were answered, the last one by that code. */
    const answers = async (code: string, what: string) => {
      const before = Number((await stateOf("asker"))["answers"]);
      for (let tries = 1; ; tries++) {
        const { answers: now, ...rest } = await stateOf("asker");
        if (Number(now) > before + 2) {
          t.deepEqual(rest, { failed: 0, wrong: 0, code }, what);
          return;
        }
        if (tries === 300) throw new Error(`the counter does not answer after ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await answers("one", "the start");
    for (const [what, [text, reason]] of Object.entries(saves)) {
      const wanted = new RegExp(`^refused counter because (?:${reason})(?:, try \\d)?$`);
      t.regex(await save(text, wanted), wanted, what);
      await answers("one", what);
    }
    t.regex(await save(holding, /^swapped counter /), /^swapped counter .* 2 streams kept\)/);
    for (let tries = 1; (await stateOf("holder"))["holds"] !== 1; tries++) {
      if (tries === 300) throw new Error("the holder does not call");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const better = counterMain({ code: "better" });
    const suspended =
      /^refused counter because 1 call of counter\.reach is suspended in code, try 5$/;
    t.regex(await save(better, suspended), suspended);
    await answers("holding", "a call that is suspended");
    await asked((line) => line.ask("kill", { server: "holder" }));
    t.regex(await save(better, /^swapped counter /), /^swapped counter .* 1 stream kept\)/);
    await answers("better", "the last good save");
    const servers = await asked((line) => liveSource(line).servers());
    t.is(servers.find(({ name }) => name === "counter")?.starts, 1);
  } finally {
    child.kill("SIGINT");
  }
  await ended;
  t.deepEqual(readdirSync(join(copy, "build/machines")), []);
});
