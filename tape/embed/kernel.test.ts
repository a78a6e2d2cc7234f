/** Native `.tb` files: what is in them, that the bytecode comes out again, and what can be no kernel. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { decode } from "../bytecode/decode.ts";
import { encode } from "../bytecode/encode.ts";
import {
  BASE_FEATURES,
  bytecodeIn,
  features,
  header,
  NATIVE_MAGIC,
  NATIVE_VERSION,
} from "../native/file.ts";
import { compileText } from "../testing/run.ts";
import { kernelFile, kernelFunctions, kernelVariants } from "./kernel.ts";
import { compileModule } from "./node.ts";

const path = fileURLToPath(new URL("../kernels/checksum.tape", import.meta.url));
const code = compileModule(path);
const file = kernelFile(code) as Uint8Array;
const view = new DataView(file.buffer, file.byteOffset, file.length);
const word = (field: keyof typeof header): number => view.getUint32(header[field], true);

test("the head says what is where, and nothing lies over anything else", (t) => {
  t.is(word("magic"), NATIVE_MAGIC);
  t.is(word("version"), NATIVE_VERSION);
  t.is(Buffer.from(file.subarray(header.source, header.source + 32)).toString("hex"), code.source);
  t.is(word("code") % 4096, 0);
  t.is(word("code") + word("codeBytes"), file.length);
  const parts = [
    [0, 128],
    [word("exports"), 12 * word("exportCount")],
    [word("traps"), 12 * word("trapCount")],
    [word("lines"), 12 * word("lineCount")],
    [word("functions"), 16 * word("functionCount")],
    [word("data"), word("dataBytes")],
    [word("bytecode"), word("bytecodeBytes")],
    [word("code"), word("codeBytes")],
  ].sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < parts.length; i++) t.true(parts[i - 1][0] + parts[i - 1][1] <= parts[i][0]);
});

test("a kernel that more features make another has a code for each, the one for all first", (t) => {
  t.deepEqual(kernelVariants(code), file, "this one is the same with all of them");
  const ciphers = compileModule(fileURLToPath(new URL("../kernels/aes.tape", import.meta.url)));
  const [both, base] = [kernelVariants(ciphers), kernelFile(ciphers)] as Uint8Array[];
  const view = new DataView(both.buffer);
  const next = view.getUint32(header.next, true);
  t.is(next % 4096, 0);
  const first = both.slice(0, base.length);
  new DataView(first.buffer).setUint32(header.next, 0, true);
  t.deepEqual(first, base);
  t.is(view.getUint32(header.features, true), BASE_FEATURES);
  const at = (field: number) => view.getUint32(next + field, true);
  t.is(at(header.magic), NATIVE_MAGIC);
  t.is(at(header.features), BASE_FEATURES | features.aes);
  t.is(at(header.next), 0);
  t.is(next + at(header.code) + at(header.codeBytes), both.length);
  t.deepEqual(
    both.subarray(next + header.source, next + header.source + 32),
    both.subarray(header.source, header.source + 32),
  );
  t.true(decode(bytecodeIn(both)).ok);
});

test("exports have their letters", (t) => {
  t.deepEqual(
    kernelFunctions(code).map(({ name, letters, error }) => [name, letters, error]),
    [
      ["part", "C66:5", ""],
      ["checksum", "C5:5", ""],
      ["seal", "C6:5!", "Problem"],
    ],
  );
});

test("a function with a float or a truth value of its own is left out", (t) => {
  const text = `@profile(t0);
pub fn sum(of: []const f64) -> i64 { return of.len; }
pub fn half(x: f64) -> i64 { return 1; }
pub fn odd(x: i64) -> bool { return x % 2 == 1; }`;
  const code = compileText(text, { main: false, exports: true });
  t.deepEqual(
    kernelFunctions(code).map(({ name }) => name),
    ["sum"],
  );
});

test("the bytecode comes out as it went in, and other files stay as they are", (t) => {
  const plain = encode(code);
  t.deepEqual(bytecodeIn(file), plain);
  t.deepEqual(bytecodeIn(plain), plain);
  t.true(decode(bytecodeIn(file)).ok);
  for (let length = 0; length < word("bytecode") + 9; length += 7)
    t.false(decode(bytecodeIn(file.slice(0, length))).ok);
  t.deepEqual(kernelFile(compileModule(path)), file, "the same each time");
});

test("what needs a host or a heap is no kernel", (t) => {
  const of = (text: string) =>
    kernelFile(compileText(`@profile(t0);\n${text}`, { main: false, exports: true }));
  t.regex(
    of('extern("no.such") fn f() -> i64;\npub fn g() -> i64 { return f(); }') as string,
    /^it calls `no\.such` of the host/,
  );
  t.regex(
    of('import mem from "mem";\npub fn g() { mem.alloc(100); }') as string,
    /allocates memory; a kernel works on its arguments alone/,
  );
  t.regex(of("var big: [600000]u8;\npub fn g() { big[1] = 1; }") as string, /bytes of static data/);
});

test("`tape compile --target native` writes one, and `tape run` takes it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tape-"));
  const source = join(folder, "answer.tape");
  const out = join(folder, "answer.tb");
  writeFileSync(source, "@profile(t0);\nfn main() -> i64 { return 42; }\n");
  const tape = (...args: string[]) =>
    spawnSync(process.execPath, ["tape/cli/tape.mjs", ...args], { encoding: "utf8" });
  const made = tape("compile", source, "--target", "native", "-o", out);
  t.is(made.status, 0, made.stderr);
  t.is(readFileSync(out).readUInt32LE(0), NATIVE_MAGIC);
  t.is(tape("run", out).status, 42);
});
