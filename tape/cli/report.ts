/** Diagnostics and traps on the error output, in the form that the user asked for. */
import type { Outcome } from "../interp/machine.ts";
import { formatHuman, formatLine, type Report, toJson } from "../source/diagnostic.ts";

export type Form = "line" | "human" | "json";

/** Prints diagnostics; gives the exit code of a failed check. */
export function printReport(report: Report, form: Form): number {
  if (form === "json") {
    process.stdout.write(`${JSON.stringify(report.list.map(toJson), null, 2)}\n`);
    return report.failed ? 1 : 0;
  }
  for (const d of report.list)
    process.stderr.write(form === "human" ? `${formatHuman(d)}\n` : `${formatLine(d)}\n`);
  if (report.dropped > 0) process.stderr.write(`and ${report.dropped} more errors\n`);
  return report.failed ? 1 : 0;
}

/** A trap as text: what happened, then the calls under way. */
export function trapText(o: Outcome & { ok: false }): string {
  const what = o.text === "" ? o.trap : o.trap === "trap" ? o.text : `${o.trap}: ${o.text}`;
  let out = `trap: ${what}\n`;
  for (const t of o.trace) out += `  at ${t.fn} (${t.file}:${t.line})\n`;
  return out;
}
