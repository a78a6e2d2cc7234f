/**
 * Front end, bytecode, interpreter and the making of machine code on QuickJS, the engine of server processes: no host API is needed.
 *
 * The bundle gets library sources as a table and one global function for output.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import packaged from "@jitl/quickjs-ng-wasmfile-release-sync";
import test from "ava";
import { build } from "esbuild";
import { newQuickJSWASMModuleFromVariant, type QuickJSSyncVariant } from "quickjs-emscripten-core";
import { buildNative } from "../native/module.ts";
import { hex, sha256 } from "../source/sha256.ts";
import { compileText, runInterp } from "./run.ts";

const root = new URL("../", import.meta.url);

const entry = `
import { compileFile } from "./compile.ts";
import { encode } from "./bytecode/encode.ts";
import { decode } from "./bytecode/decode.ts";
import { Machine } from "./interp/machine.ts";
import { formatHosts } from "./interp/format.ts";
import { format } from "./format/format.ts";
import { decodeLossy } from "./source/utf8.ts";
import { hex, sha256 } from "./source/sha256.ts";
import { buildNative } from "./native/module.ts";
globalThis.run = (text, library) => {
  const reader = { folders: [], file: () => undefined, library: (n) => library[n] };
  const done = compileFile("test.tape", reader, { text });
  if (done.code === undefined) return done.report.list.map((d) => d.code + " " + d.message).join("\\n");
  const read = decode(encode(done.code));
  if (!read.ok) return read.reason;
  const native = buildNative(read.code);
  let out = (native.ok ? hex(sha256(native.module.bytes)) : native.reason) + "\\n";
  const hosts = { ...formatHosts, "io.write": (m) => { out += decodeLossy(m.slice(m.int(1), m.int(2))); m.give(0, 0n); },
    "io.write_line": (m) => { out += decodeLossy(m.slice(m.int(1), m.int(2))) + "\\n"; } };
  const o = new Machine(read.code, hosts, { depth: 200 }).call(read.code.main);
  return out + (o.ok ? "value " + o.values.join(",") : "trap " + o.trap) + (format(text) === "" ? "!" : "");
};`;

test("a script compiles to the same machine code and runs on QuickJS as on Node", async (t) => {
  const out = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(root), loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "silent",
  });
  const library: Record<string, string> = {};
  for (const name of readdirSync(new URL("std/", root)))
    library[name.replace(".tape", "")] = readFileSync(new URL(`std/${name}`, root), "utf8");
  const module = await newQuickJSWASMModuleFromVariant(packaged as unknown as QuickJSSyncVariant);
  const vm = module.newContext();
  const evaluate = (code: string): unknown => {
    const result = vm.evalCode(code);
    if (result.error !== undefined) throw new Error(JSON.stringify(vm.dump(result.error)));
    const value = vm.dump(result.value) as unknown;
    result.value.dispose();
    return value;
  };
  evaluate(out.outputFiles[0].text);
  evaluate(`globalThis.library = ${JSON.stringify(library)}`);
  for (const text of [
    'import io from "io";\nimport dyn from "dyn";\nfn main() -> i64 { let l = dyn.range(0, 5) |> dyn.where(fn(x) => x > 1) |> dyn.collect(fn(x) => x * 0.5); io.println("{l} {7 / 2} {-1 as u64}"); return 3; }',
    "fn main() { let a = [1]; var i = 3; i = a[i]; }",
  ]) {
    const code = compileText(text);
    const here = runInterp(code);
    const native = buildNative(code);
    const digest = native.ok ? hex(sha256(native.module.bytes)) : native.reason;
    t.is(evaluate(`run(${JSON.stringify(text)}, library)`), `${digest}\n${here.output}${here.end}`);
  }
  t.is(evaluate('run("fn main() { x; }", library)'), "T0305 there is no `x`");
  vm.dispose();
});
