// A script by itself, on Node: slices, limits, calls outside.
import test from "ava";
import { Failure } from "../../sdk/contract/failure.ts";
import { compileInTurns } from "./compile-in-turns.ts";
import { netDoor } from "../../sdk/tape/net-hosts.ts";
import type { Value } from "../../sdk/tape/exchange.ts";
import { Journal } from "./journal.ts";
import { scriptProgram } from "./program-text.ts";
import { PAGES } from "./limits.ts";
import { Script } from "./script.ts";
import { testLibrary } from "./testing/library.ts";

const limits = { fuel: 1e9, pages: PAGES, time: 1e12 };

/** A script in a world whose time passes by `tick` a look; what it asked outside. */
async function place(
  text: string,
  answers: (Value | Failure)[] = [],
  more: Partial<typeof limits> = {},
  tick = 0,
) {
  const asked: [string, readonly Value[]][] = [];
  let time = 0;
  const world = {
    files: { size: () => -1, read: () => 0, paths: () => [] },
    net: netDoor(async () => new Failure(5, "no network here")),
    outside: async (name: string, args: readonly Value[]) => {
      asked.push([name, args]);
      return answers.shift();
    },
    now: () => {
      time += tick;
      return time;
    },
    clock: () => 0,
  };
  const journal = new Journal();
  const make = async () => {
    const program = scriptProgram(text, [], "value");
    const compiled = await compileInTurns(program.text, testLibrary, () => Promise.resolve());
    return new Script(program, text, { ...limits, ...more }, world, journal, compiled);
  };
  return { script: await make(), again: make, asked, journal };
}

/** Runs to the end; how many slices that took, and what was printed. */
async function finish(script: Script) {
  let output = "";
  let slices = 0;
  for (; script.state === "running"; slices += 1) {
    script.advance();
    while (!script.output.empty) output += script.output.next();
    if (script.waiting !== undefined) await script.waiting;
  }
  while (!script.output.empty) output += script.output.next();
  return { output, slices };
}

test("slices change nothing about the result", async (t) => {
  const { script } = await place(
    'fn fib(n: i64) -> i64 { if (n < 2) { return n; } return fib(n - 1) + fib(n - 2); } var s = 0; for (i in 0..5000) { s += i; } io.println("{s} {fib(15)}");',
  );
  const { output, slices } = await finish(script);
  t.is(output, "12497500 610\n");
  t.true(slices > 10);
});

test("a long line is compiled in many turns, each of a few statements", async (t) => {
  const turns = async (count: number) => {
    let text = 'import io from "io"; fn main() { ';
    for (let i = 0; i < count; i++)
      text += `let v${i} = ${i} * 3 + 1; if (v${i} > 100) { io.println("x{v${i}}"); } `;
    let taken = 0;
    const compiled = await compileInTurns(`${text}}`, testLibrary, async () => {
      taken += 1;
    });
    t.not(compiled.code, undefined);
    return taken / count;
  };
  const few = await turns(100);
  // scanned, parsed, checked and lowered, a turn each 1,500 characters, of which a line has 60
  t.true(few > 0.12, `${few} turns a line`);
  t.true(Math.abs((await turns(400)) / few - 1) < 0.25, "as many for each line of a longer one");
});

test("values of every kind pass in, arguments out", async (t) => {
  const value = { a: [1, -2, 2.5, true, null], käse: "öl", n: { m: [] }, b: Uint8Array.of(7, 255) };
  const { script, asked } = await place('kill("x\u00e4"); sys.log("y")', [undefined, value]);
  const { output } = await finish(script);
  t.is(output, '{"a": [1, -2, 2.5, true, null], "käse": "öl", "n": {"m": []}, "b": [7, 255]}\n');
  t.deepEqual(asked, [
    ["sys kill", ["xä"]],
    ["sys log", ["y"]],
  ]);
});

test("a failure outside is a trap with its sentence", async (t) => {
  const { script } = await place("ps()", [new Failure(4, "account x may not")]);
  const { output } = await finish(script);
  t.is(output, "trap: account x may not\n  at script.main (script.tape:1)\n");
  t.is(script.state, "trapped");
});

test("fuel, time, memory and depth end a script", async (t) => {
  const end = async (text: string, more: Partial<typeof limits>, tick = 0) =>
    (await finish((await place(text, [], more, tick)).script)).output.split("\n")[0];
  t.is(await end("while (true) { }", { fuel: 10_000 }), "trap: out of fuel");
  t.is(await end("while (true) { }", { time: 1_000 }, 10), "stopped: its time is up");
  t.is(
    await end('var s = "ab"; while (true) { s = s + s; }', { pages: 20 }),
    "trap: out of memory",
  );
  t.is(await end("fn f() { f(); } f();", {}), "trap: stack overflow");
});

test("a run that repeats asks nothing again and sees the same time", async (t) => {
  const text = 'io.println("{time.ticks()} {ps()}");';
  const { script, again, asked, journal } = await place(text, [[1, 2], [3]], {}, 5);
  journal.rewind();
  const first = await finish(script);
  t.regex(first.output, /^\d+ \[1, 2\]\n$/);
  const mark = journal.rewind();
  t.is((await finish(await again())).output, first.output);
  t.is(asked.length, 1);
  journal.cut(0);
  t.is(mark, 2);
  journal.rewind();
  t.regex((await finish(await again())).output, /\[3\]\n$/);
});

test("exit codes", async (t) => {
  const { script } = await place("os.exit(3); while (true) { }");
  await finish(script);
  t.deepEqual([script.state, script.code], ["done", 3]);
  const main = (await place("fn main() -> i64 { return 7; }")).script;
  await finish(main);
  t.is(main.code, 7);
});
