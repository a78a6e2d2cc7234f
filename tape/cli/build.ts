/** `build`: files that run elsewhere, an executable or WebAssembly; `declare`: types for TypeScript. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Code } from "../bytecode/program.ts";
import { compileFile, type Options } from "../compile.ts";
import { declarations } from "../embed/declare.ts";
import { BASE_FEATURES, featureBits, features } from "../native/processor.ts";
import { buildExecutable, executableOptions } from "../pe/executable.ts";
import { buildUefi, uefiOptions } from "../pe/uefi.ts";
import { buildWasm } from "../wasm/module.ts";
import type { Flags } from "./main.ts";
import { diskReader } from "./reader.ts";
import { printReport } from "./report.ts";

/** Bytes of a target's file, or why there are none. */
type Built =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: string };

interface Target {
  readonly ending: string;
  readonly options: Options;
  build(code: Code, flags: Flags): Built;
}

const targets: Readonly<Record<string, Target>> = {
  exe: {
    ending: ".exe",
    options: { main: true, ...executableOptions },
    build: (code, flags) => {
      const manifest = manifestText(flags.manifest);
      const wanted = featuresOf(flags.features);
      if (!manifest.ok) return manifest;
      if (!wanted.ok) return wanted;
      return buildExecutable(code, { manifest: manifest.text, features: wanted.bits });
    },
  },
  uefi: {
    ending: ".efi",
    options: { main: true, ...uefiOptions },
    build: (code, flags) => {
      const wanted = featuresOf(flags.features);
      return wanted.ok ? buildUefi(code, { features: wanted.bits }) : wanted;
    },
  },
  wasm: {
    ending: ".wasm",
    options: { main: false, exports: true },
    build: (code) => buildWasm(code),
  },
};

function featuresOf(
  names: string | undefined,
): { readonly ok: true; readonly bits: number } | { readonly ok: false; readonly reason: string } {
  const bits = names === undefined ? BASE_FEATURES : featureBits(names);
  if (bits !== undefined) return { ok: true, bits };
  return {
    ok: false,
    reason: `--features takes ${Object.keys(features).join(", ")}, not ${names}`,
  };
}

/** A manifest's JSON without its white space; no file is no manifest. */
function manifestText(
  file: string | undefined,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string } {
  if (file === undefined) return { ok: true, text: "" };
  try {
    return { ok: true, text: JSON.stringify(JSON.parse(readFileSync(file, "utf8"))) };
  } catch (e) {
    return { ok: false, reason: `the manifest ${file}: ${(e as Error).message}` };
  }
}

export function buildCommand(files: readonly string[], flags: Flags): number {
  const ending = /\.\w+$/.exec(flags.out ?? "")?.[0];
  const byEnding = Object.keys(targets).find((name) => targets[name].ending === ending);
  const name = flags.target ?? byEnding ?? "exe";
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (files.length !== 1 || target === undefined) {
    process.stderr.write(
      `tape: write \`tape build FILE.tape [--target ${Object.keys(targets).join("|")}] [-o OUT]\`\n`,
    );
    return 2;
  }
  const done = compileFile(files[0], diskReader(flags.folders), {
    ...target.options,
    maxErrors: flags.maxErrors,
  });
  printReport(done.report, flags.form);
  if (done.code === undefined) return 1;
  const built = target.build(done.code, flags);
  if (!built.ok) {
    process.stderr.write(`tape: ${files[0]}: ${built.reason}\n`);
    return 1;
  }
  writeFileSync(flags.out ?? files[0].replace(/\.tape$/, target.ending), built.bytes);
  return 0;
}

/** `declare`: TypeScript declarations beside each file. */
export function declareCommand(files: readonly string[], flags: Flags): number {
  if (files.length === 0) {
    process.stderr.write("tape: declare needs files\n");
    return 2;
  }
  for (const file of files) {
    const done = compileFile(file, diskReader(flags.folders), {
      main: false,
      exports: true,
      maxErrors: flags.maxErrors,
    });
    if (printReport(done.report, flags.form) !== 0 || done.code === undefined) return 1;
    writeFileSync(
      flags.out ?? file.replace(/\.tape$/, ".d.tape.ts"),
      declarations(done.code.exports),
    );
  }
  return 0;
}
