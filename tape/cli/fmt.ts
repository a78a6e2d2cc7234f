/** `fmt`: lays files out; with `--check` it only says which would change. */
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "../format/format.ts";
import type { Flags } from "./main.ts";

export function fmtCommand(files: readonly string[], flags: Flags): number {
  if (files.length === 0) {
    process.stderr.write("tape: fmt needs files\n");
    return 2;
  }
  let changed = 0;
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const out = format(text);
    if (out === text) continue;
    changed++;
    if (flags.check) process.stdout.write(`${file}\n`);
    else writeFileSync(file, out);
  }
  return flags.check && changed > 0 ? 1 : 0;
}
