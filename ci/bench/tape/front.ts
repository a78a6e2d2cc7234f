// Front ends: Tape's (scan, parse, check), esbuild's transform and QuickJS's parser, in thousand lines a second.
import packaged from "@jitl/quickjs-ng-wasmfile-release-sync";
import { transformSync } from "esbuild";
import { newQuickJSWASMModuleFromVariant, type QuickJSSyncVariant } from "quickjs-emscripten-core";
import { checkFile, compileFile } from "../../../tape/compile.ts";
import { buildNative } from "../../../tape/native/module.ts";
import { tableReader } from "../../../tape/testing/run.ts";
import { leastTime } from "./clock.ts";
import { kilolines, tapeSource, typeScriptSource } from "./sources.ts";

/** Scanning to checked types. */
export function frontEnd(): number {
  const seconds = leastTime(5, () => {
    const done = checkFile("big.tape", tableReader(), { text: tapeSource, main: false });
    if (done.report.failed) throw new Error(done.report.list[0]!.message);
  });
  return kilolines(tapeSource) / seconds;
}

/** The same, and verified bytecode. */
export function toBytecode(): number {
  const text = tapeSource.replace(/\nfn sum/g, "\npub fn sum");
  const seconds = leastTime(3, () => {
    const done = compileFile("big.tape", tableReader(), { text, main: false, exports: true });
    if (done.code === undefined) throw new Error("the source has errors");
  });
  return kilolines(text) / seconds;
}

/** The same, and machine code of all of it; V8 has compiled all of the compiler only after some rounds. */
export function toMachineCode(): number {
  const text = tapeSource.replace(
    /\nfn sum(\d+)\(([^)]*)\) -> i64 \{\n {4}var s = 0;/g,
    '\npub fn sum$1($2) -> i64 {\n    var item = Item$1 { id: 1, weight: 0.5, name: "n" };\n    var s = item.score(limit);',
  );
  const seconds = leastTime(12, () => {
    const done = compileFile("big.tape", tableReader(), { text, main: false, exports: true });
    if (done.code === undefined) throw new Error("the source has errors");
    const built = buildNative(done.code);
    if (!built.ok) throw new Error(built.reason);
  });
  return kilolines(text) / seconds;
}

/** esbuild, which works in a process of its own: wall time. */
export function esbuildTransform(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    transformSync(typeScriptSource, { loader: "ts" });
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  return kilolines(typeScriptSource) / least;
}

/** QuickJS as WebAssembly: the JavaScript of the same source to its bytecode, run never. */
export async function quickJs(): Promise<number> {
  const text = transformSync(typeScriptSource, { loader: "ts", format: "esm" }).code;
  const module = await newQuickJSWASMModuleFromVariant(packaged as unknown as QuickJSSyncVariant);
  const context = module.newContext();
  const seconds = leastTime(3, () => {
    const result = context.evalCode(text, "big.js", { type: "module", compileOnly: true });
    if (result.error !== undefined) throw new Error(JSON.stringify(context.dump(result.error)));
    result.value.dispose();
  });
  context.dispose();
  return kilolines(text) / seconds;
}
