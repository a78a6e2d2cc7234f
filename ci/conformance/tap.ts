// The suite's lines as they come out of either world.

/** What a run of the suite said. */
export interface Verdict {
  /** the number that it announced */
  planned: number;
  /** names in order */
  names: string[];
  /** "name: why" */
  failed: string[];
  /** `CALL ERROR ERROR ...`: what calls have returned (cells.ts) */
  cells: string[];
  /** what ended the suite early, or nothing */
  bail: string;
}

/** Reads TAP lines out of a log; lines between them are passed over. */
export function readTap(log: string): Verdict {
  const verdict: Verdict = { planned: 0, names: [], failed: [], cells: [], bail: "" };
  for (const text of log.split(/\r?\n/)) {
    const plan = /^1\.\.(\d+)$/.exec(text);
    if (plan) verdict.planned = Number(plan[1]);
    const bail = /^(?:# Bail out!|UUSI PANIC:) (.*)$/.exec(text);
    if (bail) verdict.bail = bail[1] as string;
    const cells = /^# cells (.*)$/.exec(text);
    if (cells) verdict.cells.push(cells[1] as string);
    const passed = /^ok \d+ - (.*)$/.exec(text);
    if (passed) verdict.names.push(passed[1] as string);
    const failed = /^not ok \d+ - (.*)$/.exec(text);
    if (failed) {
      verdict.failed.push(failed[1] as string);
      verdict.names.push(failed[1] as string);
    }
  }
  return verdict;
}
