/** Text dumps after each phase against committed ones; UPDATE_GOLDEN=1 writes them anew. */
import { readFileSync, writeFileSync } from "node:fs";
import test from "ava";
import { printFn } from "../bytecode/print.ts";
import { dumpAst, dumpTokens, dumpTypes } from "../cli/dump.ts";
import { checkFile } from "../compile.ts";
import { asmText } from "../native/asm-text.ts";
import { buildNative } from "../native/module.ts";
import { compileText, tableReader } from "./run.ts";

const folder = new URL("golden/", import.meta.url);
const text = readFileSync(new URL("sample.tape", folder), "utf8");

const dumps: Record<string, () => string> = {
  tokens: () => dumpTokens("sample.tape", text),
  ast: () => dumpAst("sample.tape", text),
  types: () => dumpTypes(checkFile("sample.tape", tableReader(), { text })),
  asm: () => {
    const code = compileText(text);
    const built = buildNative(code);
    if (!built.ok) throw new Error(built.reason);
    return asmText(code, built.module, (name) => name.startsWith("test."));
  },
  bytecode: () => {
    const code = compileText(text);
    return code.fns
      .map((f, i) => [f, i] as const)
      .filter(([f]) => f.name.startsWith("test."))
      .map(([f, i]) => printFn(code, f, i))
      .join("\n");
  },
};
for (const [name, dump] of Object.entries(dumps)) {
  test(`--emit=${name}`, (t) => {
    const file = new URL(`sample.${name}.txt`, folder);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, dump());
    t.is(dump(), readFileSync(file, "utf8"));
  });
}
