// Lines that servers send to the log: one line each, without control characters, and not more than a server may.
// Invariant: whatever text arrives, at most one line leaves; a flood is cut off and its size is told once it ends.

/** Lines a server may write at once, and each second. */
const BURST = 200;
const RATE = 50;
const LENGTH = 1000;

/** A server's allowance. */
export interface LogAllowance {
  tokens: number;
  since: number;
  cut: number;
}

/** A full one. */
export function logAllowance(): LogAllowance {
  return { tokens: BURST, since: 0, cut: 0 };
}

/** The lines to write for `text` of `name` at `now`: none, one, or a note about the lines that were cut before it. */
export function serverLines(
  allowance: LogAllowance,
  name: string,
  level: "info" | "warning" | "error",
  text: string,
  now: number,
): string[] {
  const gained = ((now - allowance.since) * RATE) / 1e9;
  allowance.tokens = Math.min(BURST, allowance.tokens + gained);
  allowance.since = now;
  if (allowance.tokens < 1) {
    allowance.cut += 1;
    return [];
  }
  allowance.tokens -= 1;
  const lines: string[] = [];
  if (allowance.cut > 0) {
    lines.push(`${name}: (${allowance.cut} lines were cut: at most ${RATE} a second are kept)`);
    allowance.cut = 0;
  }
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, LENGTH);
  lines.push(level === "info" ? `${name}: ${clean}` : `${name}: ${level}: ${clean}`);
  return lines;
}
