// Tells for each line of a bundle which line of which source file it came from (Source Map v3).
// Invariant: the result adds no line to the bundle, so the lines it speaks of stay where they are.

import { PLACES } from "../runtime/bundle-places.ts";

/** A run of bundle lines that follow source lines one by one. */
export interface Run {
  /** first line of the bundle, from 1 */
  line: number;
  /** index into the map's sources */
  file: number;
  /** the source line that it came from, from 1 */
  source: number;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Of each character of base64 its value. */
const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[digits.charCodeAt(i)] = i;
const [COMMA, SEMICOLON] = [44, 59];

/**
 * The runs of a source map, from the first mapping on each line. A mapping is base64 VLQ numbers (five bits a digit, the lowest first, the lowest bit of
 * the number its sign), each against the one in the mapping before: column, file, source line, column there, and maybe a name. A mapping with a
 * column alone says nothing of a source. Read once from begin to end: a large bundle has a megabyte of them.
 */
export function lineRuns(mappings: string): Run[] {
  const runs: Run[] = [];
  let file = 0;
  let source = 0;
  let line = 1;
  let found = false; // the first mapping of the line
  let place = 0; // of the number in its mapping
  let value = 0;
  let shift = 0;
  for (let i = 0; i < mappings.length; i++) {
    const code = mappings.charCodeAt(i);
    if (code === COMMA) {
      place = 0;
      continue;
    }
    if (code === SEMICOLON) {
      place = 0;
      found = false;
      line++;
      continue;
    }
    const bits = values[code]!;
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    const number = value & 1 ? -(value >> 1) : value >> 1;
    value = shift = 0;
    if (place === 1) file += number;
    else if (place === 2) {
      source += number;
      if (!found) addLine(runs, line, file, source);
      found = true;
    }
    place++;
  }
  return runs;
}

/** A line that does not follow the last run begins one. `source` counts from 0. */
function addLine(runs: Run[], line: number, file: number, source: number): void {
  const last = runs.at(-1);
  const follows = last?.file === file && source + 1 - last.source === line - last.line;
  if (!follows) runs.push({ line, file, source: source + 1 });
}

/**
 * A statement that sets `uusi.place` and `uusi.places` (sdk/runtime/binding.ts), on one line. The table is one text, taken apart only when an
 * error is shown; who has the bundle alone finds it there, too (sdk/runtime/bundle-places.ts): a mark, the sources, an empty line and the
 * runs, of which each is `lines,shift` (base 36: bundle lines since the last run, and by how much the source has moved against them), or
 * `lines,source,file` where another file begins.
 * @param sources the map's sources, as they shall be shown
 */
export function placeStatement(runs: readonly Run[], sources: readonly string[]): string {
  let last: Run = { line: 0, file: -1, source: 0 };
  const table = runs.map((run) => {
    const lines = run.line - last.line;
    const shift = run.source - last.source - lines;
    const text =
      run.file === last.file
        ? `${lines.toString(36)},${shift.toString(36)}`
        : `${lines.toString(36)},${run.source.toString(36)},${run.file}`;
    last = run;
    return text;
  });
  const text = [PLACES, ...sources, "", table.join(";")].join("\n");
  const body = [
    `var f=${JSON.stringify(text)}.split("\\n"),r=f.pop().split(";"),b="line "+n,l=0,s=0,d=0,i,p;`,
    "for(i=0;i<r.length;i++){p=r[i].split(",
    '",");var k=parseInt(p[0],36);if(!(l+k<=n))break;l+=k;',
    "if(p.length>2){d=+p[2];s=parseInt(p[1],36)}else s+=k+parseInt(p[1],36);",
    'b=f[d+1]+":"+(s+n-l)}return b',
  ];
  return `uusi.place=function(n){${body.join("")}};${placesStatement}`;
}

/** The engine's text of a stack, as its first frames that are of the bundle: " at f servers/x/main.ts:12 < ...". */
const placesStatement =
  'uusi.places=function(t){var e=/^ *at (.*\\()?bundle:(\\d+):\\d+\\)?$/gm,o="",k=0,m;' +
  "while(k<6&&(m=e.exec(t)))" +
  'o+=(k++?" < ":" at ")+(m[1]?m[1].slice(0,-1):"")+uusi.place(+m[2]);return o};';
