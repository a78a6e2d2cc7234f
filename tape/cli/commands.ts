/** `run`, `check`, `test`, `compile`, `exec`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { decode } from "../bytecode/decode.ts";
import { encode } from "../bytecode/encode.ts";
import { printCode } from "../bytecode/print.ts";
import type { Code } from "../bytecode/program.ts";
import { checkFile, checkWhole, compileFile } from "../compile.ts";
import { Machine, type Outcome } from "../interp/machine.ts";
import { kernelFile } from "../embed/kernel.ts";
import { asmText } from "../native/asm-text.ts";
import { bytecodeIn } from "../native/file.ts";
import { buildNative } from "../native/module.ts";
import { dumpAst, dumpTokens, dumpTypes } from "./dump.ts";
import { hosts, terminal } from "./hosts.ts";
import type { Flags } from "./main.ts";
import { diskReader } from "./reader.ts";
import { printReport, trapText } from "./report.ts";
import { scriptText } from "./script.ts";

function need(files: readonly string[], what: string): boolean {
  if (files.length > 0) return true;
  process.stderr.write(`tape: ${what}\n`);
  return false;
}

/** Compiles a `.tape` file or reads a `.tb` file; undefined after errors were printed. */
function program(path: string, flags: Flags): Code | undefined {
  if (path.endsWith(".tb")) {
    const read = decode(bytecodeIn(readFileSync(path)));
    if (read.ok) return read.code;
    process.stderr.write(`tape: ${path}: ${read.reason}\n`);
    return undefined;
  }
  const done = compileFile(path, diskReader(flags.folders), { maxErrors: flags.maxErrors });
  process.stderr.write(done.printed);
  printReport(done.report, flags.form);
  return done.code;
}

/** The exit code of a finished program. */
export function finish(o: Outcome): number {
  if (o.ok) return Number(o.values[0] ?? 0);
  process.stderr.write(trapText(o));
  return -1;
}

/** Prints what `--emit` asks for; false when there is no such thing. */
function emit(path: string, flags: Flags): number {
  const text = readFileSync(path, "utf8");
  switch (flags.emit) {
    case "tokens":
      process.stdout.write(dumpTokens(path, text));
      return 0;
    case "ast":
      process.stdout.write(dumpAst(path, text));
      return 0;
    case "types": {
      const done = checkFile(path, diskReader(flags.folders), { main: false });
      process.stdout.write(dumpTypes(done));
      return printReport(done.report, flags.form);
    }
    case "bytecode": {
      const done = compileFile(path, diskReader(flags.folders), { main: false, exports: true });
      if (done.code !== undefined) process.stdout.write(printCode(done.code));
      return printReport(done.report, flags.form);
    }
    case "asm": {
      const done = compileFile(path, diskReader(flags.folders), { main: false, exports: true });
      if (printReport(done.report, flags.form) !== 0 || done.code === undefined) return 1;
      const built = buildNative(done.code);
      process.stdout.write(built.ok ? asmText(done.code, built.module) : `${built.reason}\n`);
      return built.ok ? 0 : 1;
    }
    default:
      process.stderr.write("tape: --emit takes tokens, ast, types, bytecode or asm\n");
      return 2;
  }
}

/** The program that a command is to run, or the exit code when there is nothing to run. */
export function programFor(command: string, files: readonly string[], flags: Flags): Code | number {
  if (!need(files, `${command} needs a file`)) return 2;
  if (flags.emit !== undefined) return emit(files[0], flags);
  const code = program(files[0], flags);
  if (code === undefined) return 1;
  if (code.main >= 0) return code;
  process.stderr.write("tape: this file has no `main`\n");
  return 1;
}

export function runCommand(
  files: readonly string[],
  flags: Flags,
  rest: readonly string[],
): number {
  const code = programFor("run", files, flags);
  if (typeof code === "number") return code;
  const limits = flags.fuel === undefined ? {} : { fuel: flags.fuel };
  return finish(
    new Machine(code, hosts(terminal, [files[0], ...files.slice(1), ...rest]), limits).call(
      code.main,
    ),
  );
}

export function checkCommand(files: readonly string[], flags: Flags): number {
  if (!need(files, "check needs a file")) return 2;
  if (flags.emit !== undefined) return emit(files[0], flags);
  let worst = 0;
  for (const file of files) {
    const done = checkWhole(file, diskReader(flags.folders), { maxErrors: flags.maxErrors });
    worst = Math.max(worst, printReport(done.report, flags.form));
    if (!done.report.failed && flags.form !== "json") process.stdout.write("OK\n");
  }
  return worst;
}

export function compileCommand(files: readonly string[], flags: Flags): number {
  if (!need(files, "compile needs a file")) return 2;
  if (flags.emit !== undefined) return emit(files[0], flags);
  const done = compileFile(files[0], diskReader(flags.folders), {
    main: false,
    exports: true,
    maxErrors: flags.maxErrors,
  });
  printReport(done.report, flags.form);
  if (done.code === undefined) return 1;
  const file = flags.target === "native" ? kernelFile(done.code) : encode(done.code);
  if (typeof file === "string") {
    process.stderr.write(`tape: ${files[0]}: ${file}\n`);
    return 1;
  }
  writeFileSync(flags.out ?? files[0].replace(/\.tape$/, ".tb"), file);
  return 0;
}

/** Outcome of one test. */
export interface TestResult {
  readonly name: string;
  readonly state: "pass" | "fail" | "skip";
  readonly text: string;
}

/** Runs the tests of a compiled program, each on a machine of its own. */
export function runTests(code: Code, make: (code: Code) => Machine): TestResult[] {
  const setup = code.tests.find((t) => t.kind === "setup");
  const teardown = code.tests.find((t) => t.kind === "teardown");
  return code.tests
    .filter((t) => t.kind === "test")
    .map((t): TestResult => {
      const m = make(code);
      let o = setup === undefined ? undefined : m.call(setup.fn);
      if (o === undefined || o.ok) o = m.call(t.fn);
      if (teardown !== undefined) m.call(teardown.fn);
      if (o.ok) return { name: t.name, state: "pass", text: "" };
      return {
        name: t.name,
        state: o.trap === "test skipped" ? "skip" : "fail",
        text: trapText(o),
      };
    });
}

export function testCommand(files: readonly string[], flags: Flags): number {
  if (!need(files, "test needs a file")) return 2;
  const substitutes = new Map<string, string>();
  for (const pair of flags.substitutes) {
    const [, name, path] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || !existsSync(path) || substitutes.size === 16) {
      process.stderr.write(
        `tape: --substitute takes MODULE=FILE of a file that exists, at most 16 times, not \`${pair}\`\n`,
      );
      return 2;
    }
    substitutes.set(name, path);
  }
  let failed = 0;
  let passed = 0;
  for (const file of files) {
    const done = compileFile(file, diskReader(flags.folders, substitutes), {
      main: false,
      tests: true,
      maxErrors: flags.maxErrors,
    });
    if (done.code === undefined) {
      printReport(done.report, flags.form);
      return 2;
    }
    for (const t of runTests(done.code, (code) => new Machine(code, hosts(terminal)))) {
      process.stdout.write(`${t.state} ${t.name}\n${t.state === "fail" ? t.text : ""}`);
      if (t.state === "fail") failed++;
      else if (t.state === "pass") passed++;
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

export function execCommand(words: readonly string[], flags: Flags): number {
  if (!need(words, "exec needs statements, such as 'io.println(1 + 2);'")) return 2;
  const text = scriptText(words.join(" "));
  const done = compileFile("exec.tape", diskReader(flags.folders), {
    text: text.text,
    maxErrors: flags.maxErrors,
  });
  printReport(done.report, flags.form);
  if (done.code === undefined) return 1;
  return finish(new Machine(done.code, hosts(terminal)).call(done.code.main));
}
