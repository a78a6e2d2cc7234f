// The record of what hot paths cost: history.tsv, one line for each commit that changed them, with exact instruction
// counts under -icount. The last line is what the count gate compares with.
import { readFileSync } from "node:fs";
import { root } from "../../setup/paths.mjs";

/** What the network's paths cost, in the same form; they are measured where there can be a tap. */
export const networkPath = `${root}/ci/bench/counts/network.tsv`;

/** The record, and the share by which a count may exceed it. */
export const historyPath = `${root}/ci/bench/counts/history.tsv`;
export const tolerance = 0.03;
/**
 * The same for the network's paths: where the host takes longer than 40 ms for an answer, as a full one does, both sides acknowledge by themselves, which
 * are frames more. What the gate is for costs more: a turn of TypeScript, 20,000 instructions at least.
 */
export const networkTolerance = 0.25;

/** Counts by the name of the path. */
export type Counts = Map<string, number>;

/**
 * Reads the last line of a record whose first line names the columns.
 * @throws Error where it is no record
 */
export function lastCounts(text: string): Counts {
  const [head, ...lines] = text.trimEnd().split("\n");
  const names = head!.split("\t").slice(1);
  const values = lines.at(-1)?.split("\t").slice(1).map(Number) ?? [];
  if (values.length !== names.length || values.some((value) => !(value > 0)))
    throw new Error(
      "history.tsv: the last line does not fit the first; run: node ci/bench/counts/record.ts",
    );
  return new Map(names.map((name, i) => [name, values[i]!]));
}

/** A record with one more line; columns that the record lacks are added at its end. */
export function withLine(text: string, what: string, counts: Counts): string {
  const [head, ...lines] = text.trimEnd().split("\n");
  const old = head!.split("\t").slice(1);
  const names = [...old, ...[...counts.keys()].filter((name) => !old.includes(name))];
  const filler = "\t-".repeat(names.length - old.length);
  const line = [what, ...names.map((name) => counts.get(name) ?? "-")].join("\t");
  const all = [["after", ...names].join("\t"), ...lines.map((each) => each + filler), line];
  return `${all.join("\n")}\n`;
}

/** What costs more than the record and a share of it, one sentence each. */
export function exceeded(recorded: Counts, counted: Counts, share = tolerance): string[] {
  return [...recorded].flatMap(([name, before]) => {
    const now = counted.get(name);
    if (now === undefined) return [`${name} is not measured any more`];
    const most = Math.floor(before * (1 + share));
    return now > most ? [`${name} takes ${now} instructions, recorded are ${before}`] : [];
  });
}

/** A record as it stands. */
export const readHistory = (path = historyPath) => readFileSync(path, "utf8");
