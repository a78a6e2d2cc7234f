// The type check beside the swaps: one at a time, of the whole tree, and of what it says only what concerns a save.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../../ci/setup/paths.mjs";

/** A fault: `servers/netd/arp.ts:12:5: Type 'string' is not assignable to type 'number'.` */
const line = /^(.+?)\((\d+),(\d+)\): error (TS\d+: .*)$/;

/** Faults of types, in the compiler's order, those of files that are meant. */
export function faultsOf(output: string, concerns: (file: string) => boolean): string[] {
  return output.split("\n").flatMap((text) => {
    const [, file, row, column, what] = line.exec(text) ?? [];
    return file !== undefined && concerns(file) ? [`${file}:${row}:${column}: ${what}`] : [];
  });
}

/** Runs the compiler; its output. @throws Error when it can't be run */
export function checkTypes(signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin/tsc"), ["--noEmit", "-p", "."], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      ...(signal === undefined ? {} : { signal }),
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}
