import test from "ava";
import { Engine } from "./engine.ts";

const limits = { memory: 8 << 20, stack: 256 << 10 };

test("host functions get numbers and text and give them back", async (t) => {
  const engine = await Engine.create(limits);
  const seen: (number | string)[] = [];
  engine.define("add", (a) => a.number(0) + a.number(1));
  engine.define("greet", (a) => `hello ${a.text(0)}`);
  engine.define("note", (a) => void seen.push(a.number(0), a.text(1)));
  t.is(engine.evaluate(`note(add(2 ** 40, 0.5), greet("wörld"))`, "a.js"), undefined);
  t.deepEqual(seen, [2 ** 40 + 0.5, "hello wörld"]);
});

test("a shared buffer is the same bytes on both sides", async (t) => {
  const engine = await Engine.create(limits);
  const at = engine.share("area", 16);
  engine.evaluate("new Uint8Array(area)[3] = 7", "a.js");
  t.is(engine.memory[at + 3], 7);
});

test("an exception carries its name, message and place", async (t) => {
  const engine = await Engine.create(limits);
  const error = engine.evaluate("\n\nnull.x", "bundle/a.js");
  t.is(error?.name, "TypeError");
  t.regex(error?.stack ?? "", /bundle\/a\.js:3/);
});

test("jobs run, and a job's exception comes out", async (t) => {
  const engine = await Engine.create(limits);
  engine.evaluate("var n = 0; (async () => { await 0; n = 1; await 0; n = 2 })()", "a.js");
  t.is(engine.runJobs(), undefined);
  t.is(engine.evaluate("if (n !== 2) throw new Error('n is ' + n)", "b.js"), undefined);
});

test("memory, stack and time end the script and not the host", async (t) => {
  const engine = await Engine.create(limits);
  const memory = engine.evaluate(
    "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
    "m.js",
  );
  t.regex(memory?.message ?? "", /memory/);
  const stack = engine.evaluate("(function f() { return f() + 1 })()", "s.js");
  t.regex(stack?.message ?? "", /stack/);
  let asked = 0;
  engine.interrupt = () => ++asked > 10;
  const time = engine.evaluate("try { for (;;); } catch (e) { }", "t.js");
  t.regex(time?.message ?? "", /interrupted/);
  t.is(engine.broken, "");
});

test("the code of functions is found in the engine's memory, and nothing else", async (t) => {
  const engine = await Engine.create(limits);
  t.is(engine.bytecode().length, 0);
  engine.evaluate(
    "globalThis.o = { f: (x) => x ^ 0x12345678, g: () => o.f(3) + 0x5a5a5a5b }",
    "c.js",
  );
  const found = engine.bytecode();
  t.is(found.length, 4);
  const pieces = [0, 2].map((i) =>
    Buffer.from(engine.memory.subarray(found[i]!, found[i]! + found[i + 1]!)),
  );
  for (const constant of [0x12345678, 0x5a5a5a5b]) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(constant);
    t.true(pieces.some((piece) => piece.includes(bytes)));
  }
});
