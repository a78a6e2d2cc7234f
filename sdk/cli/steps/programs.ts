// Native programs of the image: each file of servers/programs/programs/ as an executable, and the system's part that runs beside one.
// Invariant: they lie in the boot image as files whose bytes are their image, so that their pages are mapped and never copied.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Code } from "../../../tape/bytecode/program.ts";
import { diskReader } from "../../../tape/cli/reader.ts";
import { compileFile, type Options } from "../../../tape/compile.ts";
import {
  type ExecutableBuilt,
  buildExecutable,
  executableOptions,
} from "../../../tape/pe/executable.ts";
import { buildSystemPart, systemOptions, systemRoot } from "../../../tape/pe/system.ts";
import { formatHuman } from "../../../tape/source/diagnostic.ts";
import { type Step, sharedOut } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { sourceFiles } from "../source-files.ts";

const folder = "servers/programs/programs";
/** The system's part, beside the programs. */
const SYSTEM = "system";

/** Where a program's file ends up. */
export const programPath = (name: string) => join(sharedOut, "programs", `${name}.exe`);

/** Names of the programs, and of the system's part. */
export function programNames(): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".tape"));
  return [SYSTEM, ...files.map((file) => file.replace(/\.tape$/, "")).sort()];
}

function compiled(path: string, options: Options): Code {
  const done = compileFile(path, diskReader(), options);
  if (done.code === undefined) throw new Failure(done.report.list.map(formatHuman).join("\n"));
  return done.code;
}

function build(name: string): ExecutableBuilt {
  if (name === SYSTEM)
    return buildSystemPart(compiled("system.tape", { text: systemRoot, ...systemOptions }));
  const path = `${folder}/${name}`;
  const manifest = existsSync(`${path}.json`)
    ? JSON.stringify(JSON.parse(readFileSync(`${path}.json`, "utf8")))
    : "";
  return buildExecutable(compiled(`${path}.tape`, executableOptions), { manifest, pages: true });
}

/** A step for each. */
export function programSteps(): Step[] {
  const compiler = sourceFiles("tape", [".ts", ".tape"]).filter(
    (path) => !/\.test\.ts$|\/(testing|examples)\//.test(path),
  );
  return programNames().map((name) => {
    const own = [`${folder}/${name}.tape`, `${folder}/${name}.json`].filter((path) =>
      existsSync(path),
    );
    const output = programPath(name);
    return {
      name: `program ${name}`,
      inputs: [...own, ...compiler],
      outputs: [output],
      action: () => {
        const built = build(name);
        if (!built.ok) throw new Failure(`${name}: ${built.reason}`);
        writeFileSync(output, built.bytes);
      },
    };
  });
}
