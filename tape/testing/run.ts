/** Runs a program given as text on every runtime, for tests. */
import { hosts, memoryStreams, type Streams } from "../cli/hosts.ts";
import { libraryText } from "../cli/reader.ts";
import { trapText } from "../cli/report.ts";
import { compileFile, type Options } from "../compile.ts";
import type { Code } from "../bytecode/program.ts";
import { type Limits, Machine, type Outcome } from "../interp/machine.ts";
import type { Reader } from "../module/load.ts";
import { formatHuman } from "../source/diagnostic.ts";
import { type NativeLimits, NativeProgram } from "../runner/program.ts";
import { buildWasm } from "../wasm/module.ts";
import { WasmProgram } from "../wasm/run.ts";
import { testWorld } from "./world.ts";

/** Library only, and files from a table. */
export function tableReader(files: Readonly<Record<string, string>> = {}): Reader {
  return {
    folders: [],
    library: libraryText,
    file: (p) => (files[p] === undefined ? undefined : Buffer.from(files[p])),
  };
}

/** Compiles text; errors become an exception with their human form. */
export function compileText(
  text: string,
  options: Options = {},
  files: Readonly<Record<string, string>> = {},
): Code {
  const done = compileFile("test.tape", tableReader(files), { text, ...options });
  if (done.code === undefined) throw new Error(done.report.list.map(formatHuman).join("\n"));
  return done.code;
}

/** What a run showed: output, and the trap or the value. */
export interface Shown {
  readonly output: string;
  readonly end: string;
  /** Functions and lines of a trap. */
  readonly trace: string;
}

export function shown(o: Outcome, output: string): Shown {
  return {
    output,
    end: o.ok
      ? `value ${o.values.join(",")}`
      : `trap ${o.trap}${o.text === "" ? "" : `: ${o.text}`}`,
    trace: o.ok ? "" : o.trace.map((t) => `${t.fn} ${t.file}:${t.line}`).join("\n"),
  };
}

const world = (streams: Streams) => ({ ...hosts(streams, ["test"]), ...testWorld() });

export function runInterp(code: Code, limits: Limits = {}, input = ""): Shown {
  const streams = memoryStreams(input);
  const o = new Machine(code, world(streams), limits).call(code.main);
  return shown(o, streams.text());
}

/** As WebAssembly; `fuel` bounds the calls and backward jumps of code that might not end. */
export function runWasm(code: Code, input = "", fuel?: number): Shown {
  const built = buildWasm(code, undefined, fuel !== undefined);
  if (!built.ok) throw new Error(built.reason);
  const streams = memoryStreams(input);
  const o = new WasmProgram(code, built.bytes, world(streams), fuel).call("main");
  return shown(o, streams.text());
}

/** As native code in the runner; a call that takes a minute is stopped. */
export function runNative(code: Code, input = "", limits: NativeLimits = {}): Shown {
  const streams = memoryStreams(input);
  const all = { milliseconds: 60_000, ...limits };
  const o = new NativeProgram(code, world(streams), all).call("main");
  return shown(o, streams.text());
}

/** Output of a program on every runtime, which must agree. */
export function runBoth(text: string, input = ""): Shown {
  const code = compileText(text);
  const a = runInterp(code, {}, input);
  const others = { wasm: runWasm(code, input), native: runNative(code, input) };
  for (const [name, b] of Object.entries(others))
    if (a.output !== b.output || a.end !== b.end) {
      throw new Error(
        `runtimes differ:\ninterpreter: ${a.output}${a.end}\n${name}: ${b.output}${b.end}`,
      );
    }
  return a;
}

/** Lines of output of statements in a `t1` main on both runtimes; a trap is the last line. */
export function lines(body: string, declarations = ""): string[] {
  const text = `@profile(t1);\nimport io from "io";\n${declarations}\nfn main() {\n${body}\n}\n`;
  const s = runBoth(text);
  const out = s.output.split("\n");
  out.pop();
  return s.end.startsWith("trap") ? [...out, s.end] : out;
}

export { trapText };
