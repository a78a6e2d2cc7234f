// One program in Tape and in AssemblyScript, both as WebAssembly on this engine: seconds of each.
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { compileText } from "../../../tape/testing/run.ts";
import { buildWasm } from "../../../tape/wasm/module.ts";
import { WasmProgram } from "../../../tape/wasm/run.ts";
import { leastTime } from "./clock.ts";

type Run = (n: bigint) => bigint;

/** The programs, and how many rounds take long enough to be measured. */
export const programs: Readonly<Record<string, bigint>> = {
  mandelbrot: 60n,
  matmul: 100n,
  mix: 2000000n,
  queens: 300n,
  sieve: 400n,
};

const source = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

function tape(name: string): Run {
  const code = compileText(source(`${name}.tape`), { main: false, exports: true });
  const built = buildWasm(code);
  if (!built.ok) throw new Error(built.reason);
  return new WasmProgram(code, built.bytes, {}).raw("run") as unknown as Run;
}

async function assemblyScript(name: string): Promise<Run> {
  let binary: Uint8Array | undefined;
  const done = await asc.main([`${name}.ts`, "--outFile", "out.wasm", "-O3", "--runtime", "stub"], {
    readFile: (file: string) => (file === `${name}.ts` ? source(`${name}.as`) : null),
    writeFile: (file: string, contents: Uint8Array | string) => {
      if (file === "out.wasm") binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (done.error !== null || binary === undefined) throw new Error(done.stderr.toString());
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), {
    env: { abort: () => undefined },
  });
  return exports.run as unknown as Run;
}

/** Seconds of processor time of both, after results have been found equal. */
export async function compareWasm(name: string): Promise<{ tape: number; peer: number }> {
  const [a, b] = [tape(name), await assemblyScript(name)];
  const n = programs[name]!;
  if (a(3n) !== b(3n)) throw new Error(`${name}: results differ: ${a(3n)} and ${b(3n)}`);
  return { tape: leastTime(4, () => void a(n)), peer: leastTime(4, () => void b(n)) };
}
