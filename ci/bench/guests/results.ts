// What the native programs report: lines `bench NAME MEDIAN LEAST`.

/** Median and least of a case's samples, in time stamp counts. */
export interface Result {
  median: number;
  least: number;
}

/** All results in a transcript. */
export function readResults(text: string): Map<string, Result> {
  const found = text.matchAll(/^(?:.*?)bench (\S+) (\d+) (\d+)\r?$/gm);
  const entries = [...found].map(([, name, median, least]): [string, Result] => [
    name!,
    { median: Number(median), least: Number(least) },
  ]);
  return new Map(entries);
}
