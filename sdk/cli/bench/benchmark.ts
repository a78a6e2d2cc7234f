// What a benchmark is: a module ci/bench/NAME.ts with one of these.

/** How it is run. */
export interface BenchSettings {
  /** instruction counts instead of times: exact, and much slower to take */
  icount: boolean;
  /** how often each system is measured; the median counts */
  runs: number;
  /** receives progress, a line at a time */
  say: (line: string) => void;
  /** the guest's network card, where the benchmark has a choice */
  card?: "virtio" | "e1000e";
}

/** Figures as a table: one column for each thing measured, beside its peers. */
export interface BenchTable {
  title: string;
  unit: string;
  columns: string[];
  rows: { name: string; values: (number | undefined)[] }[];
  /** what a reader must know to judge the figures */
  notes: string[];
}

export interface Benchmark {
  /** one line for the list of benchmarks */
  summary: string;
  run: (settings: BenchSettings) => Promise<BenchTable>;
}

/** The middle of some figures; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  return sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The table as text. */
export function tableText({ title, unit, columns, rows, notes }: BenchTable): string {
  const head = ["", ...columns];
  const number = (value: number | undefined) =>
    value === undefined ? "-" : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  const body = rows.map(({ name, values }) => [name, ...values.map(number)]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((row) => row[i]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ");
  return [`${title} (${unit})`, "", line(head), ...body.map(line), "", ...notes, ""].join("\n");
}
