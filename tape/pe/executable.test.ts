/** Executables: size, equal bytes, two outside readers, what they print, their traps, and bytes of anybody. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { diskReader } from "../cli/reader.ts";
import { compileFile } from "../compile.ts";
import { buildNative } from "../native/module.ts";
import { BASE_FEATURES, features } from "../native/processor.ts";
import { hostFeatures } from "../runner/processor.ts";
import { hex, sha256 } from "../source/sha256.ts";
import { compileText, runInterp } from "../testing/run.ts";
import { decode, textOf } from "../x86-64/decode.ts";
import { registerName } from "../x86-64/registers.ts";
import { TRACE_TABLE } from "./format.ts";
import { executableOptions } from "./executable.ts";
import { readExecutable } from "./read.ts";
import { executable, executableOf, runFile } from "./testing/build.ts";

const hello = 'import io from "io";\nfn main() { io.println("hello"); }';
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Hands a file to an outside program and gives what that prints. */
function outside(command: string, args: readonly string[], bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "tape-pe-"));
  const path = join(folder, "program.exe");
  writeFileSync(path, bytes);
  const done = spawnSync(command, [...args, path], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  if (done.status !== 0) throw new Error(`${command}: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}

test("hello is a file of 1,536 bytes that prints", (t) => {
  const bytes = executableOf(hello, { manifest: '{"name":"hello","uses":["/svc/net"]}' });
  t.is(bytes.length, 1536);
  t.deepEqual(runFile(bytes), { output: "hello\n", end: "value 0", trace: "" });
});

test("the same program gives the same bytes", (t) => {
  t.deepEqual(executableOf(hello), executableOf(hello));
  t.notDeepEqual(executableOf(hello), executableOf(hello.replace("hello", "hallo")));
});

const examples = new URL("../examples/", import.meta.url);
for (const name of readdirSync(examples).filter((n) => n.endsWith(".tape"))) {
  test(`an executable of ${name} prints what the example says`, (t) => {
    const path = fileURLToPath(new URL(name, examples));
    const done = compileFile(path, diskReader(), executableOptions);
    if (done.code === undefined) throw new Error("it does not compile");
    const want = readFileSync(new URL(name.replace(".tape", ".txt"), examples), "utf8");
    t.is(runFile(executable(done.code)).output, want);
  });
}

test("a trap tells kind, functions and lines from the file alone", (t) => {
  const code = compileText(
    'import io from "io";\nfn g(a: []i64, i: i64) -> i64 {\n    return a[i];\n}\n' +
      'fn main() {\n    var a = [1, 2];\n    io.println("first");\n    g(a[..], 2);\n}',
  );
  const { trace, end, output } = runInterp(code);
  t.deepEqual(runFile(executable(code)), { trace, end, output });
  t.regex(trace, /test\.g test\.tape:3\ntest\.main test\.tape:8/);
  const text = compileText('fn main() { let x = 1; if (x > 0) { @trap("x was {x}"); } }');
  t.is(runFile(executable(text)).end, runInterp(text).end);
});

test("exit codes have 32 bits and a sign", (t) => {
  t.is(runFile(executableOf("fn main() -> i32 { return -7; }")).end, "value -7");
  t.is(runFile(executableOf("fn main() -> i64 { return 300; }")).end, "value 300");
});

test("memory has the limit of the file, and an endless loop is stopped", (t) => {
  const text = 'import mem from "mem";\nfn main() { while (true) { mem.alloc(100000); } }';
  t.is(runFile(executableOf(text, { memory: 4 << 20 })).end, "trap trap: out of memory");
  const loop = executableOf("fn main() { while (true) { } }");
  t.is(runFile(loop, "", { milliseconds: 20 }).end, "trap stopped");
});

test("a program brings the text of floats along", (t) => {
  const bytes = executableOf('import io from "io";\nfn main() { io.println("{0.1 + 0.2}"); }');
  const read = readExecutable(bytes);
  t.deepEqual(read.ok ? read.exe.imports : read.reason, ["io.write_line"]);
  t.is(runFile(bytes).output, "0.30000000000000004\n");
});

test("objdump reads headers, imports and each instruction", (t) => {
  const bytes = executableOf(hello);
  const text = outside("objdump", ["-p", "-d", "-M", "intel"], bytes);
  t.regex(text, /file format pei-x86-64/);
  t.regex(text, /Subsystem\s+00000001/);
  t.regex(text, /DLL Name: uusi\.sto[\s\S]*io\.write_line/);
  t.regex(text, /rep movs/);
  t.notRegex(text, /\(bad\)/);
});

/** Begin and end of each function in what objdump prints as the function table. */
function functionTable(text: string): number[][] {
  const base = 0x140000000;
  const rows = text
    .slice(text.indexOf("The Function Table"))
    .matchAll(/^ [0-9a-f]{16}:\t([0-9a-f]{16}) ([0-9a-f]{16}) [0-9a-f]{16}$/gm);
  return [...rows].map((row) =>
    row.slice(1, 3).map((each) => Number.parseInt(each as string, 16) - base),
  );
}

test("objdump and pefile read the same table of functions, and how their stacks are undone", (t) => {
  const deep = `import io from "io";
fn deep(n: i64, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64) -> i64 {
    if (n == 0) { return a + b + c + d + e + f + g; }
    return deep(n - 1, b, c, d, e, f, g, a) + deep(n / 2, a, b, c, d, e, f, g);
}
fn main() { io.println("{deep(3, 1, 2, 3, 4, 5, 6, 7)} {0.1 + 0.2}"); }`;
  for (const [text, least] of [
    [hello, 3],
    [deep, 30],
  ] as const) {
    const bytes = executableOf(text);
    const dump = outside("objdump", ["-p"], bytes);
    const table = functionTable(dump);
    const folder = here("../../build/tools/pefile");
    const seen = JSON.parse(
      outside("python3", [here("testing/read-pe.py"), folder], bytes),
    ) as Seen;
    t.deepEqual(
      table,
      seen.unwind.map(({ begin, end }) => [begin, end]),
    );
    t.true(table.length >= least, `${table.length}`);
    const sorted = [...table].sort((x, y) => x[0]! - y[0]!);
    t.deepEqual(table, sorted);
    for (const [i, [begin, end]] of table.entries())
      t.true(begin! < end! && (i === 0 || table[i - 1]![1]! <= begin!));
    t.regex(dump, /pc\+0x04: FPReg: rbp = rsp \+ 0x0/);
    t.notRegex(dump, /corrupt|Shall be|Unknown unwind|too (big|small)/i);
  }
});

interface Seen {
  readonly warnings: readonly string[];
  readonly sum: boolean;
  readonly entry: number;
  readonly sections: readonly string[];
  readonly imports: unknown;
  readonly debug: readonly number[];
  readonly unwind: readonly { begin: number; end: number; prolog: number; codes: string[] }[];
  readonly resources: readonly string[];
}

test("pefile reads the same as we, without a warning about the format", (t) => {
  const manifest = '{"name":"hello","uses":[]}';
  const bytes = executableOf(hello, { manifest });
  const folder = here("../../build/tools/pefile");
  const seen = JSON.parse(outside("python3", [here("testing/read-pe.py"), folder], bytes)) as Seen;
  const read = readExecutable(bytes);
  if (!read.ok) throw new Error(read.reason);
  // It warns of any file that is mostly zeros.
  t.deepEqual(
    seen.warnings.filter((w) => !w.startsWith("Byte 0x00 makes up")),
    [],
  );
  t.true(seen.sum);
  t.is(seen.entry, read.exe.entry);
  t.deepEqual(seen.sections, [".text", ".pdata"]);
  t.deepEqual(seen.imports, [["uusi.sto", read.exe.imports]]);
  t.deepEqual(seen.debug, [TRACE_TABLE]);
  t.deepEqual(seen.resources, [manifest]);
  t.is(read.exe.manifest, manifest);
  t.true(seen.unwind.length >= 2);
  t.true(seen.unwind.some((u) => u.codes.join(" ") === ".SETFRAME RBP, 0x0 .PUSHREG RBP"));
});

test("unwind steps are the instructions of the prologues", (t) => {
  const code = compileText(readFileSync(new URL("json.tape", examples), "utf8"));
  const built = buildNative(code);
  if (!built.ok) throw new Error(built.reason);
  const { bytes, frames } = built.module;
  let steps = 0;
  for (const f of frames)
    for (const s of f.steps) {
      let at = f.from;
      let last = "";
      for (
        let d = decode(bytes, at);
        d !== undefined && at < f.from + s.at;
        d = decode(bytes, at)
      ) {
        last = textOf(d);
        at += d.size;
      }
      t.is(at, f.from + s.at);
      const want = {
        push: `push ${registerName(s.n, 8)}`,
        frame: "mov rbp,rsp",
        take: `sub rsp,0x${s.n.toString(16)}`,
      };
      t.is(last, want[s.what]);
      steps++;
    }
  t.true(steps > 200, `${steps}`);
});

test("a file says which features of the processor it uses, and is not run without them", (t) => {
  const text = `@profile(t1);\nimport io from "io";\nimport vec from "vec";
fn main() { let v: u8x16 = [7; 16]; io.println("{declassify(vec.aes_round(v, v))[0]}"); }`;
  const bits = BASE_FEATURES | features.aes;
  const plain = readExecutable(executableOf(text, { features: BASE_FEATURES }));
  const file = executableOf(text, { features: bits });
  const fast = readExecutable(file);
  if (!plain.ok || !fast.ok) throw new Error("unreadable");
  t.is(plain.exe.features, BASE_FEATURES);
  t.is(fast.exe.features, bits);
  t.throws(() => runFile(file, "", { features: BASE_FEATURES }), { message: /processor with aes/ });
  t.is(executableOf(hello, { features: bits }).length, 1536);
  if ((hostFeatures() & features.aes) !== 0)
    t.is(runFile(file).output, runFile(executableOf(text)).output);
});

test("a manifest changes the digest, and a wrong one is refused", (t) => {
  const digest = (manifest: string): string => hex(sha256(executableOf(hello, { manifest })));
  t.not(digest('{"uses":["/svc/net"]}'), digest('{"uses":["/svc/log"]}'));
  t.throws(() => executableOf(hello, { manifest: " ".repeat(5000) }), { message: /at most 4096/ });
});

/** Numbers below `n` from a seed. */
function random(seed: number): (n: number) => number {
  let s = seed;
  return (n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
}

test("bytes of anybody are read or refused with a sentence", (t) => {
  const good = executableOf(hello, { manifest: '{"uses":[]}' });
  const below = random(7);
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const bad = good.slice(0, below(8) === 0 ? below(good.length) : good.length);
    for (let k = below(4); k >= 0; k--) {
      // Mostly where numbers stand that lead elsewhere.
      const at = below(3) === 0 ? below(bad.length) : below(512);
      if (at < bad.length) bad[at] = below(2) === 0 ? below(256) : [0, 255, 127, 128][below(4)];
    }
    const read = readExecutable(bad);
    if (read.ok) {
      for (const m of read.exe.mappings) {
        t.false(m.execute && m.write);
        t.true(m.address >= 4096 && m.address + m.size <= read.exe.imageSize);
      }
    } else {
      t.true(read.reason.length > 10);
      refused++;
    }
  }
  t.true(refused > 5_000, `${refused}`);
});
