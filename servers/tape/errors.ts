// Errors and traps of a script as text, at the places where the script has them and not the program around it.
import type { TraceLine } from "../../tape/interp/machine.ts";
import { type Diagnostic, formatHuman } from "../../tape/source/diagnostic.ts";
import { Source } from "../../tape/source/position.ts";
import type { ProgramText } from "./program-text.ts";

/** The name under which a script's errors stand. */
export const FILE = "script.tape";
/** Errors that are shown; more say nothing new. */
const SHOWN = 8;

/** All errors with file, line, caret and help. */
export function errorText(
  list: readonly Diagnostic[],
  program: ProgramText,
  script: string,
): string {
  const source = new Source(FILE, script);
  let out = "";
  for (const diagnostic of list.slice(0, SHOWN)) {
    const at = diagnostic.source.path === FILE ? program.place(diagnostic.pos) : undefined;
    if (at === undefined) {
      out += formatHuman(diagnostic);
      continue;
    }
    const notes = (diagnostic.notes ?? []).flatMap((note) => {
      const pos = note.source.path === FILE ? program.place(note.pos) : undefined;
      return pos === undefined ? [] : [{ ...note, source, pos }];
    });
    const end = at + Math.max(diagnostic.end - diagnostic.pos, 1);
    out += formatHuman({ ...diagnostic, source, pos: at, end, notes });
  }
  if (list.length > SHOWN) out += `and ${list.length - SHOWN} more errors\n`;
  return out;
}

/** A trap: what happened, then the calls under way, innermost first, at most eight. */
export function trapText(
  what: string,
  trace: readonly TraceLine[],
  program: ProgramText,
  script: string,
): string {
  const source = new Source(FILE, script);
  const text = new Source(FILE, program.text);
  let out = `trap: ${what}\n`;
  let shown = 0;
  for (const { fn, file, line } of trace) {
    if (program.whole === true) {
      if (file.startsWith("std/") || shown === SHOWN) continue;
      out += `  at ${fn} (${file}:${line})\n`;
      shown += 1;
      continue;
    }
    if (!file.endsWith(FILE)) continue; // the library's own lines say nothing to whoever wrote the script
    if (shown === SHOWN) break;
    const start = text.lines[line - 1] ?? 0;
    const end = text.lines[line] ?? text.text.length + 1;
    let at: number | undefined;
    for (let i = start; i < end && at === undefined; i += 1) at = program.place(i);
    if (at === undefined) continue;
    out += `  at ${fn} (${FILE}:${source.lineAt(at)})\n`;
    shown += 1;
  }
  return out;
}
