// Whole programs in a booted system, as machine code that it compiled itself: the examples, and generated programs beside the interpreter.
// TAPE_PROGRAMS, TAPE_CYCLES and TAPE_SEED change sizes and seed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { runScript } from "../../sdk/cli/channel/script.ts";
import { trapText } from "../../servers/tape/errors.ts";
import { scriptProgram } from "../../servers/tape/program-text.ts";
import { hosts, memoryStreams } from "../../tape/cli/hosts.ts";
import { compileFile } from "../../tape/compile.ts";
import { Machine } from "../../tape/interp/machine.ts";
import { formatHuman } from "../../tape/source/diagnostic.ts";
import { Generator, wholeProgram } from "../../tape/testing/generate.ts";
import { tableReader } from "../../tape/testing/run.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";

const programs = Number(process.env.TAPE_PROGRAMS ?? 15);
const seed = Number(process.env.TAPE_SEED ?? 1);
/** What a script has at least: five pages of 64 KiB. */
const SCRIPT_BYTES = 5 << 16;
const cycles = Number(process.env.TAPE_CYCLES ?? 5);
const examples = "tape/examples";

/** What the interpreter prints for a script on the host, traps as the system tells them. */
function wanted(text: string): string {
  const done = compileFile("script.tape", tableReader(), { text });
  if (done.code === undefined) throw new Error(done.report.list.map(formatHuman).join("\n"));
  const streams = memoryStreams("");
  const outcome = new Machine(done.code, hosts(streams, []), {}).call(done.code.main);
  if (outcome.ok) return streams.text();
  const { trap, text: more, trace } = outcome;
  const what = more === "" ? trap : trap === "trap" ? more : `${trap}: ${more}`;
  return streams.text() + trapText(what, trace, scriptProgram(text, [], "value"), text);
}

test("examples and generated programs agree with the interpreter", async (t) => {
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  const run = async (source: string): Promise<string> => {
    let out = "";
    await runScript(connection, { kind: "script", show: "value", source }, (text) => {
      out += text;
    });
    return out;
  };
  try {
    t.is((await run("tier()")).trim(), "native");
    for (const file of readdirSync(examples).filter((name) => name.endsWith(".tape"))) {
      const text = readFileSync(join(examples, file), "utf8");
      const output = readFileSync(join(examples, file.replace(".tape", ".txt")), "utf8");
      t.is(await run(text), output, file);
    }
    for (let i = 0; i < programs; i++) {
      const text = wholeProgram(new Generator(seed * 1_000_003 + i).chunks());
      t.is(await run(text), wanted(text), `program ${i} of seed ${seed}\n${text}`);
    }
    t.is((await run("tier()")).trim(), "native", "and nothing has changed that");
    // What grows, traps and leaves early gives all back. The engine's heap may grow meanwhile, but by less than what half of the scripts had.
    const cycle = async (): Promise<number[]> => {
      t.is(await run('var s = "x"; for (i in 0..14) { s = s + s; } s.len'), "16384\n");
      t.regex(await run("let a = [1, 2]; var i = 1; i += 1; a[i]"), /^trap: index out of range\n/);
      t.is(await run('import os from "os"; os.exit(3);'), "");
      const own = 'ps() |> where(fn(p) => p.name == "tape")';
      const [line = ""] = (
        await run(`${own} |> each(fn(p) => io.println("{p.used} {p.handles}"))`)
      ).split("\n");
      return line.split(" ").map(Number);
    };
    await cycle();
    const [used = 0, handles = 0] = await cycle();
    let last: number[] = [];
    for (let i = 0; i < cycles; i++) last = await cycle();
    t.is(last[1], handles);
    t.true((last[0] ?? Infinity) - used < (cycles * 4 * SCRIPT_BYTES) / 2, `${used} ${last[0]}`);
  } catch (error) {
    t.log(await liveSource(connection).log());
    throw error;
  } finally {
    connection.close();
    await guest.close();
  }
});
