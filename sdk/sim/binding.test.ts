// The binding over a model of one process's memory: what TypeScript may rely on, apart from any nucleus.
import { createHash } from "node:crypto";
import test from "ava";
import { limits } from "../abi/table.ts";
import { ServerBinding } from "./binding.ts";
import { Engine } from "./engine.ts";

async function server(seed?: Uint8Array) {
  const engine = await Engine.create({ memory: 8 << 20, stack: 256 << 10 });
  const buffer = new Uint8Array(limits.BUFFER_BYTES);
  const memory = new Uint8Array(1 << 17);
  const view = new DataView(memory.buffer);
  const said: string[] = [];
  const calls: number[][] = [];
  const host = {
    buffer: () => buffer,
    sys: (number: number, args: Float64Array) => {
      calls.push([number, ...args]);
      buffer[1] = (buffer[0] as number) + 1;
      return 42;
    },
    second: () => 43,
    get: (at: number, width: number) =>
      width === 1
        ? view.getUint8(at)
        : width === 2
          ? view.getUint16(at, true)
          : view.getUint32(at, true),
    set: (at: number, _width: number, value: number) => view.setUint32(at, value, true),
    load: (at: number, n: number) => memory.slice(at, at + n),
    store: (at: number, bytes: Uint8Array) => memory.set(bytes, at),
  };
  engine.define("say", (a) => void said.push(a.text(0)));
  const facts = { heapLimit: 8 << 20, probeEntry: 4096, spinEntry: 4112, threadEntry: 4128, seed };
  const binding = new ServerBinding(engine, host, facts);
  const run = (code: string) => {
    said.length = 0;
    const error = engine.evaluate(`(() => { ${code} })()`, "test.js");
    return error === undefined ? said.join(" ") : `${error.name}: ${error.message}`;
  };
  return { run, calls, memory, binding, engine };
}

test("system calls: numbers through, scratch both ways, submit_wait refused", async (t) => {
  const { run, calls } = await server();
  const code =
    "new Uint8Array(uusi.buffer)[0] = 6; say(uusi.sys(7, -1, 2 ** 46)); say(uusi.second()); ";
  t.is(run(`${code} say(new Uint8Array(uusi.buffer)[1])`), "42 43 7");
  t.deepEqual(calls, [[7, -1, 2 ** 46, 0, 0, 0, 0]]);
  t.regex(run("uusi.sys(0)"), /^TypeError/);
});

test("memory: words, long copies, overlapping moves", async (t) => {
  const { run, memory } = await server();
  t.is(
    run("uusi.set32(8, 0xdeadbeef); say(uusi.get32(8)); say(uusi.get16(8)); say(uusi.get8(11))"),
    "3735928559 48879 222",
  );
  t.is(
    run(
      "const a = new Uint8Array(70000).fill(5); uusi.copyIn(16, a, 0, 70000); const b = new Uint8Array(70001); uusi.copyOut(16, b, 1, 70000); say(b[0], b[1]); say(b[70000])",
    ),
    "0 5",
  );
  t.is(memory[70015], 5);
  t.is(memory[70016], 0);
  t.regex(run("uusi.copyOut(0, new Uint8Array(4), 1, 4)"), /^RangeError/);
  run("uusi.fill32(0, 0x01020304, 2); uusi.move(1, 0, 7)");
  t.deepEqual([...memory.subarray(0, 8)], [4, 4, 3, 2, 1, 4, 3, 2]);
});

test("UTF-8 in and out, exact and strict", async (t) => {
  const { run } = await server();
  for (const text of ["", "a\\0b", "wörld", "€", "😀x", "\\ud800", "\\udc00z"]) {
    const wanted = JSON.parse(`"${text.replace("\\0", "\\u0000")}"`) as string;
    const bytes = [...new TextEncoder().encode(wanted)].join();
    t.is(
      run(
        `const b = new Uint8Array(40); const n = uusi.encode("${text}", b, 3); say(b.slice(3, 3 + n).join())`,
      ),
      bytes,
    );
  }
  t.is(run('say(uusi.encode("abc", new Uint8Array(4), 2))'), "-1");
  t.is(
    run(
      "const b = new Uint8Array([0x61, 0, 0xf0, 0x9f, 0x98, 0x80]); say(JSON.stringify(uusi.decode(b, 0, 6)))",
    ),
    '"a\\u0000😀"',
  );
  for (const bad of [
    "0x80",
    "0xc0,0x80",
    "0xe0,0x80,0x80",
    "0xed,0xa0,0x80",
    "0xf4,0x90,0x80,0x80",
    "0xe2,0x82",
    "0xff",
  ]) {
    t.is(
      run(`const b = new Uint8Array([${bad}]); say(String(uusi.decode(b, 0, b.length)))`),
      "undefined",
      bad,
    );
  }
});

test("long text in and out: plain, and with what is none in its second half", async (t) => {
  const { run } = await server();
  for (const odd of ["x", "ö", "\\0", "😀"])
    t.is(
      run(
        `const text = "ab".repeat(20000) + "${odd}" + "cd".repeat(600); const b = new Uint8Array(50000); const n = uusi.encode(text, b, 5); say([n - text.length, uusi.decode(b, 5, n) === text, b[4], b[5], b[5 + n]].join(" "))`,
      ),
      `${Buffer.byteLength(odd.replace("\\0", "0")) - odd.replace("\\0", "0").length} true 0 97 0`,
      odd,
    );
  t.is(run('say(uusi.encode("a".repeat(2000), new Uint8Array(2000), 1))'), "-1");
  const bad = "const b = new Uint8Array(3000).fill(97); b[2999] = 0xff;";
  t.is(run(`${bad} say(String(uusi.decode(b, 0, 3000)))`), "undefined");
});

test("SHA-256 and PBKDF2 agree with Node's", async (t) => {
  const { run } = await server();
  const hex = "const hex = (b) => [...b].map((x) => (x + 256).toString(16).slice(1)).join('');";
  const data = new Uint8Array(100_000).map((_, i) => i * 7);
  t.is(
    run(`${hex} const d = new Uint8Array(100000).map((_, i) => i * 7); say(hex(uusi.sha256(d)))`),
    createHash("sha256").update(data).digest("hex"),
  );
  // RFC 7914 §11, first PBKDF2-HMAC-SHA-256 vector, its first 32 bytes
  t.is(
    run(
      `${hex} const s = (t) => Uint8Array.from(t, (c) => c.charCodeAt(0)); say(hex(uusi.pbkdf2(s("passwd"), s("salt"), 1)))`,
    ),
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
  );
});

test("random numbers: none without a seed, repeatable with one", async (t) => {
  const ask = "const b = new Uint8Array(40); say(uusi.random(b)); say(b.join())";
  const none = await server();
  t.is(none.run(ask), `false ${new Array(40).fill(0).join()}`);
  none.run("uusi.reseed(new Uint8Array(32).fill(9))");
  t.regex(none.run(ask), /^true/);
  const one = await server(new Uint8Array(32).fill(1));
  const two = await server(new Uint8Array(32).fill(1));
  const first = one.run(ask);
  t.is(first, two.run(ask));
  t.not(first, one.run(ask));
});

test("nothing of the host's is left in sight, and time stands still", async (t) => {
  const { run } = await server();
  t.is(run("say(Object.keys(globalThis).filter((n) => n !== 'uusi' && n !== 'say').join())"), "");
  t.is(run("say(Date.now() + new Date(0).getTimezoneOffset() + new Date().getHours())"), "0");
});

test("the loop's wishes come out of flush", async (t) => {
  const { run, binding } = await server();
  run(
    "uusi.turn = (n) => { uusi.deadline = n * 2 }; uusi.flush = () => 16; uusi.port = 9; uusi.place = (n) => 'a.ts:' + n",
  );
  t.is(binding.turn(21), undefined);
  t.deepEqual(binding.flush(), { bytes: 16, port: 9, deadline: 42 });
  t.is(binding.place(12), "a.ts:12");
  run("uusi.turn = () => { throw new TypeError('no') }");
  t.is(binding.turn(0)?.name, "TypeError");
});
