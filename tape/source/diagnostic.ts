/**
 * Diagnostics: errors as values, each with a stable code, a place, a sentence and the next step.
 *
 * One line is meant for machines (`file:line:col: error[T0123]: message`), the human form adds the line of
 * source with a caret, JSON carries everything. Invariant: a diagnostic never holds a host object.
 */
import type { Source } from "./position.ts";

/** A place that belongs to a diagnostic without being its cause, such as the first declaration. */
export interface Note {
  readonly source: Source;
  readonly pos: number;
  readonly message: string;
}

/** One error of the front end. */
export interface Diagnostic {
  /** Stable code, `T` and four digits; `spec/errors.md` explains each. */
  readonly code: string;
  readonly source: Source;
  readonly pos: number;
  readonly end: number;
  readonly message: string;
  /** What to do next, where the message does not say so already. */
  readonly help?: string;
  readonly notes?: readonly Note[];
}

/** Collects diagnostics up to a limit; later ones are counted and dropped. */
export class Report {
  readonly list: Diagnostic[] = [];
  readonly limit: number;
  dropped = 0;

  constructor(limit = 50) {
    this.limit = limit;
  }

  add(diagnostic: Diagnostic): void {
    const last = this.list[this.list.length - 1];
    if (last !== undefined && last.pos === diagnostic.pos && last.source === diagnostic.source)
      return;
    if (this.list.length >= this.limit) this.dropped++;
    else this.list.push(diagnostic);
  }

  get failed(): boolean {
    return this.list.length > 0;
  }
}

/** `file:line:col: error[T0123]: message`, one line. */
export function formatLine(d: Diagnostic): string {
  const at = d.source.at(d.pos);
  return `${d.source.path}:${at.line}:${at.column}: error[${d.code}]: ${d.message}`;
}

/** The one-line form, the source line, a caret under the range, help and notes. */
export function formatHuman(d: Diagnostic): string {
  const at = d.source.at(d.pos);
  const text = d.source.line(at.line).slice(0, 200);
  const gutter = String(at.line);
  const pad = " ".repeat(gutter.length);
  const before = text.slice(0, at.column - 1).replace(/[^\t]/g, " ");
  const width = Math.max(1, Math.min(d.end - d.pos, text.length - at.column + 1));
  let out = `${formatLine(d)}\n${pad} |\n${gutter} | ${text}\n${pad} | ${before}${"^".repeat(width)}\n`;
  if (d.help !== undefined) out += `${pad} = help: ${d.help}\n`;
  for (const note of d.notes ?? []) {
    const place = note.source.at(note.pos);
    out += `${pad} = note: ${note.source.path}:${place.line}:${place.column}: ${note.message}\n`;
  }
  return out;
}

/** The JSON form: plain data, stable field names. */
export function toJson(d: Diagnostic): object {
  const at = d.source.at(d.pos);
  const to = d.source.at(d.end);
  const notes = (d.notes ?? []).map((n) => ({
    file: n.source.path,
    ...n.source.at(n.pos),
    message: n.message,
  }));
  return {
    code: d.code,
    severity: "error",
    file: d.source.path,
    line: at.line,
    column: at.column,
    endLine: to.line,
    endColumn: to.column,
    message: d.message,
    ...(d.help === undefined ? {} : { help: d.help }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
