/** The command line: exit codes, forms of errors, `.tb` files, modules from folders. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import test from "ava";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const dir = mkdtempSync(`${tmpdir()}/tape-cli-`);

function tape(...args: string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, ...args],
    { encoding: "utf8", cwd: dir, input: "" },
  );
  return { code: done.status, out: done.stdout, err: done.stderr };
}

writeFileSync(
  `${dir}/ok.tape`,
  'import io from "io";\nimport os from "os";\nfn main() -> i32 { io.println("{os.arg(1)}!"); return 7; }\n',
);
writeFileSync(`${dir}/bad.tape`, "fn main() {\n    let x: i64 = true;\n}\n");
writeFileSync(
  `${dir}/trap.tape`,
  "@profile(t0);\nfn f(n: i64) -> i64 { return 10 / n; }\nfn main() {\n    f(0);\n}\n",
);

test("run: the value of main, arguments, traps", (t) => {
  const ok = tape("run", "ok.tape", "--", "arg");
  t.deepEqual([ok.code, ok.out], [7, "arg!\n"]);
  const trap = tape("run", "trap.tape");
  t.deepEqual(
    [trap.code, trap.err],
    [255, "trap: division by zero\n  at trap.f (trap.tape:2)\n  at trap.main (trap.tape:4)\n"],
  );
  t.is(tape("run", "none.tape").code, 1);
  t.is(tape("run").code, 2);
  t.is(tape("fly").code, 2);
  t.is(tape("run", "--no-such", "ok.tape").code, 2);
  for (const args of [["--help"], ["help"]]) {
    const help = tape(...args);
    t.is(help.code, 0);
    t.regex(help.out, /^usage: tape COMMAND/);
  }
});

test("each command has a page of its own, with its options and no others", (t) => {
  const list = tape("help").out;
  const names = [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name as string);
  t.true(names.length >= 11);
  for (const name of names) {
    const page = tape(name, "--help");
    t.is(page.code, 0);
    t.regex(page.out, new RegExp(`^usage: tape ${name}\\b`));
    t.is(tape("help", name).out, page.out);
    t.is(page.out.includes("--manifest"), name === "build", name);
    t.is(page.out.includes("--substitute"), name === "test", name);
  }
});

test("check: what needs finished code is told too, of functions that nothing calls as well", (t) => {
  writeFileSync(`${dir}/large.tape`, "fn f() { var a: [300000]u8; a[0] = 1; }\nfn main() {}\n");
  const { code, err } = tape("check", "large.tape");
  t.is(code, 1);
  t.regex(err, /^large.tape:1:\d+: error\[T0607\]: the variables of `large.f` take 300000 bytes/m);
});

test("check: one line, human and JSON", (t) => {
  t.deepEqual(tape("check", "ok.tape"), { code: 0, out: "OK\n", err: "" });
  const line = tape("check", "bad.tape");
  t.deepEqual(
    [line.code, line.err],
    [1, "bad.tape:2:18: error[T0401]: expected `i64`, found `bool`\n"],
  );
  t.regex(tape("check", "--human", "bad.tape").err, /2 \| {5}let x: i64 = true;\n {2}\| {18}\^{4}/);
  const [d] = JSON.parse(tape("check", "--json", "bad.tape").out) as {
    code: string;
    line: number;
    column: number;
    endColumn: number;
  }[];
  t.like(d, { code: "T0401", line: 2, column: 18, endColumn: 22 });
});

test("compile makes a file that runs and is the same every time", (t) => {
  t.is(tape("compile", "ok.tape", "-o", "a.tb").code, 0);
  t.is(tape("compile", "ok.tape", "-o", "b.tb").code, 0);
  t.deepEqual(readFileSync(`${dir}/a.tb`), readFileSync(`${dir}/b.tb`));
  t.deepEqual(tape("run", "a.tb", "x"), { code: 7, out: "x!\n", err: "" });
  const bytes = readFileSync(`${dir}/a.tb`);
  bytes[60] ^= 1;
  writeFileSync(`${dir}/c.tb`, bytes);
  const refused = tape("run", "c.tb");
  t.is(refused.code, 1);
  t.regex(refused.err, /digest does not match/);
});

test("test, exec, fmt, build", (t) => {
  writeFileSync(
    `${dir}/t.tape`,
    'test "good" { @assert(1 + 1 == 2); }\ntest "bad" { let x = 3; @assert(x == 4); }\n',
  );
  const r = tape("test", "t.tape");
  t.is(r.code, 1);
  t.regex(
    r.out,
    /pass good\nfail bad\ntrap: test failed: assertion failed: x == 4 \(left: 3, right: 4\)/,
  );
  t.is(tape("test", "bad.tape").code, 2);
  t.deepEqual(tape("exec", "let a = [1, 2]; a.len * 21"), { code: 0, out: "42\n", err: "" });
  writeFileSync(`${dir}/f.tape`, "fn  main( ){}");
  t.deepEqual(
    [
      tape("fmt", "--check", "f.tape").code,
      tape("fmt", "f.tape").code,
      tape("fmt", "--check", "f.tape").code,
    ],
    [1, 0, 0],
  );
  t.is(tape("build", "ok.tape", "--target", "wasm", "-o", "ok.wasm").code, 0);
  t.notThrows(() => new WebAssembly.Module(readFileSync(`${dir}/ok.wasm`)));
});

test("modules: beside the file, in -I folders, private, of a higher profile", (t) => {
  mkdirSync(`${dir}/lib`);
  writeFileSync(
    `${dir}/lib/shapes.tape`,
    "@profile(t0);\npub struct Box { w: i64 }\npub fn Box.area(self) -> i64 { return self.w * self.w; }\npub const SIDE = 3;\nfn hidden() {}\n",
  );
  writeFileSync(
    `${dir}/near.tape`,
    'import { Box, SIDE as S } from "shapes";\nimport m from "./lib/shapes.tape";\nimport io from "io";\nfn main() { let b = Box { w: S }; io.println("{b.area()} {m.SIDE}"); }\n',
  );
  t.regex(tape("run", "near.tape").err, /T0310.*there is no module `shapes`/);
  t.is(tape("run", "-I", "lib", "near.tape").out, "9 3\n");
  writeFileSync(
    `${dir}/hid.tape`,
    'import m from "./lib/shapes.tape";\nfn main() { m.hidden(); }\n',
  );
  t.regex(tape("check", "hid.tape").err, /T0304/);
});

test("test --substitute puts a file in a module's place", (t) => {
  writeFileSync(`${dir}/clock.tape`, "@profile(t1);\npub fn hour() -> i64 { return 3; }\n");
  writeFileSync(
    `${dir}/noon.tape`,
    'import real from "./clock.tape";\n@profile(t1);\npub fn hour() -> i64 { return 12 + real.hour(); }\n'.replace(
      /^(.*\n)(.*\n)/,
      "$2$1",
    ),
  );
  writeFileSync(
    `${dir}/day.tape`,
    '@profile(t1);\nimport clock from "clock";\ntest "noon" { @assert(clock.hour() == 15); }\n',
  );
  t.is(tape("test", "day.tape").code, 1);
  t.is(tape("test", "--substitute", "clock=noon.tape", "day.tape").code, 0);
  t.is(tape("test", "--substitute", "clock=none.tape", "day.tape").code, 2);
  t.is(tape("test", "--substitute", "clock", "day.tape").code, 2);
});

test("the REPL reads a pipe", (t) => {
  const done = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "repl"],
    {
      encoding: "utf8",
      input: "let x = 20\nfn f(n: i64) -> i64 {\nreturn n + 1;\n}\nf(x) * 2\n:quit\n",
    },
  );
  t.is(done.stdout, "42\n");
});

test("build: an executable, which `run` runs with arguments and traps", (t) => {
  t.is(tape("build", "ok.tape", "-o", "ok.exe").code, 0);
  t.is(readFileSync(`${dir}/ok.exe`).subarray(0, 2).toString(), "MZ");
  const ok = tape("run", "ok.exe", "--", "arg");
  t.deepEqual([ok.code, ok.out], [7, "arg!\n"]);
  t.is(tape("build", "trap.tape").code, 0);
  t.is(tape("run", "trap.exe").err, tape("run", "trap.tape").err);
  writeFileSync(`${dir}/none.exe`, "MZ is not enough");
  const none = tape("run", "none.exe");
  t.is(none.code, 1);
  t.regex(none.err, /none\.exe: this is no executable/);
  writeFileSync(`${dir}/wrong.json`, "{");
  const wrong = tape("build", "ok.tape", "--manifest", "wrong.json");
  t.is(wrong.code, 1);
  t.regex(wrong.err, /the manifest wrong\.json/);
  t.is(tape("build", "ok.tape", "--target", "toaster").code, 2);
  const feature = tape("build", "ok.tape", "--features", "aes,wings");
  t.is(feature.code, 1);
  t.regex(feature.err, /--features takes sse41, .*, not aes,wings/);
});
