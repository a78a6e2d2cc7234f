/** `build`: machine code of other machines; WebAssembly so far. */
import { writeFileSync } from "node:fs";
import { compileFile } from "../compile.ts";
import { declarations } from "../embed/declare.ts";
import { buildWasm } from "../wasm/module.ts";
import type { Flags } from "./main.ts";
import { diskReader } from "./reader.ts";
import { printReport } from "./report.ts";

export function buildCommand(files: readonly string[], flags: Flags): number {
  if (files.length !== 1 || flags.target !== "wasm") {
    process.stderr.write(
      "tape: write `tape build FILE.tape --target wasm -o OUT.wasm`; native targets are not built yet\n",
    );
    return 2;
  }
  const done = compileFile(files[0], diskReader(flags.folders), {
    main: false,
    exports: true,
    maxErrors: flags.maxErrors,
  });
  printReport(done.report, flags.form);
  if (done.code === undefined) return 1;
  const built = buildWasm(done.code);
  if (!built.ok) {
    process.stderr.write(`tape: ${files[0]}: ${built.reason}\n`);
    return 1;
  }
  writeFileSync(flags.out ?? files[0].replace(/\.tape$/, ".wasm"), built.bytes);
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
