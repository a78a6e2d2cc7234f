/**
 * `import { checksum } from "./checksum.tape"` under Node: compile, build WebAssembly, bind.
 *
 * `node --import ./tape/embed/register.ts` installs the hook; bundles use `esbuild.ts` instead.
 */
import { decode } from "../bytecode/decode.ts";
import { encode } from "../bytecode/encode.ts";
import type { Code } from "../bytecode/program.ts";
import { diskReader } from "../cli/reader.ts";
import { compileFile } from "../compile.ts";
import { formatHosts } from "../interp/format.ts";
import { formatHuman } from "../source/diagnostic.ts";
import { buildWasm } from "../wasm/module.ts";
import { WasmProgram } from "../wasm/run.ts";
import { bind, type Bound, type Engine, TapeTrap } from "./bind.ts";

/** WebAssembly as an engine. */
export function webAssembly(code: Code): Engine {
  const built = buildWasm(code);
  if (!built.ok) throw new Error(built.reason);
  const program = new WasmProgram(code, built.bytes, formatHosts);
  return {
    call: (e, args) => program.call(e.name, args),
    buffer: () => program.memory.buffer,
    grow: (bytes) => {
      try {
        return program.memory.grow(Math.ceil(bytes / 65536)) * 65536;
      } catch {
        throw new TapeTrap("out of memory");
      }
    },
  };
}

/** What a module says of itself: what its functions run as. */
const reports = { tier: "WebAssembly" as unknown as Bound };

/** Compiles a file for import; errors of the source become one exception with all messages. */
export function compileModule(path: string): Code {
  const done = compileFile(path, diskReader(), { main: false, exports: true });
  if (done.code === undefined)
    throw new SyntaxError(`\n${done.report.list.map(formatHuman).join("\n")}`);
  return done.code;
}

/** Functions of a module from its source file. */
export function loadModule(path: string): Record<string, Bound> {
  const code = compileModule(path);
  return { ...bind(code, webAssembly(code)), ...reports };
}

/** Functions of a module from `.tb` bytes in base64, as bundles carry them. */
export function loadEmbedded(base64: string): Record<string, Bound> {
  const read = decode(Uint8Array.from(Buffer.from(base64, "base64")));
  if (!read.ok) throw new Error(`an embedded Tape module is refused: ${read.reason}`);
  return { ...bind(read.code, webAssembly(read.code)), ...reports };
}

/** JavaScript of a module: what the hook and the bundler put in place of a `.tape` file. */
export function moduleText(
  path: string,
  how: "source" | "embedded",
  self = import.meta.url,
): string {
  const code = compileModule(path);
  const make =
    how === "source"
      ? `loadModule(${JSON.stringify(path)})`
      : `loadEmbedded(${JSON.stringify(Buffer.from(encode(code)).toString("base64"))})`;
  const names = ["alloc", "tier", ...code.exports.map((e) => e.name)];
  const head = `import { loadModule, loadEmbedded } from ${JSON.stringify(self)};\nconst m = ${make};\n`;
  return head + names.map((n) => `export const ${n} = m.${n};\n`).join("");
}
