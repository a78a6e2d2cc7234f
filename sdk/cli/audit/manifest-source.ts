// Where the fields of a manifest stand in its source text: a scanner that knows strings, comments and nesting, and no more of TypeScript.
// Invariant: offsets are of the text as given; a source that is not `manifest({ ... })` gives undefined.

/** A field of the object literal. */
export interface Field {
  readonly name: string;
  /** offsets of its value, without the comma */
  readonly from: number;
  readonly to: number;
  /** offset of its name */
  readonly at: number;
}

/** The object literal that `manifest(` is called with: its braces, and its fields. */
export interface ManifestSource {
  readonly open: number;
  readonly close: number;
  readonly fields: readonly Field[];
}

/** The offset behind a string, template or comment that begins at `at`; `at` itself when none does. */
export function skip(text: string, at: number): number {
  const two = text.slice(at, at + 2);
  if (two === "//" || two === "/*") {
    const end = two === "//" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2);
    if (end < 0) return text.length;
    return two === "//" ? end : end + 2;
  }
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== "`") return at;
  let place = at + 1;
  while (place < text.length && text[place] !== quote) place += text[place] === "\\" ? 2 : 1;
  return place + 1;
}

/** The offset of the bracket that closes the one at `at`, -1 when none does. */
export function closing(text: string, at: number): number {
  let depth = 0;
  for (let place = at; place < text.length; ) {
    const behind = skip(text, place);
    if (behind > place) {
      place = behind;
      continue;
    }
    const letter = text[place]!;
    if ("([{".includes(letter)) depth++;
    else if (")]}".includes(letter) && --depth === 0) return place;
    place++;
  }
  return -1;
}

/** The offset of the first letter from `at` on that is neither blank nor part of a comment. */
function word(text: string, at: number): number {
  let place = at;
  for (;;) {
    while (/\s/.test(text[place] ?? "x")) place++;
    if (text[place] !== "/") return place;
    const behind = skip(text, place);
    if (behind === place) return place;
    place = behind;
  }
}

/** Reads a source. */
export function manifestSource(text: string): ManifestSource | undefined {
  let call = -1;
  for (let place = 0; place < text.length && call < 0; ) {
    const behind = skip(text, place);
    if (behind === place && /^\bmanifest\(/.test(text.slice(place))) call = place;
    place = Math.max(behind, place + 1);
  }
  if (call < 0) return undefined;
  const open = word(text, call + "manifest(".length);
  const close = text[open] === "{" ? closing(text, open) : -1;
  if (close < 0) return undefined;
  const fields: Field[] = [];
  for (let place = word(text, open + 1); place < close; ) {
    const name = /^(?:([A-Za-z]+)|"([^"]+)")\s*:\s*/.exec(text.slice(place, close));
    if (name === null) return undefined;
    const from = place + name[0].length;
    let to = from;
    while (to < close && text[to] !== ",") {
      const behind = skip(text, to);
      if (behind > to) to = behind;
      else to = "([{".includes(text[to]!) ? closing(text, to) + 1 : to + 1;
      if (to === 0) return undefined;
    }
    fields.push({ name: name[1] ?? name[2]!, at: place, from, to: trimmed(text, from, to) });
    place = word(text, text[to] === "," ? to + 1 : to);
  }
  return { open, close, fields };
}

function trimmed(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && /\s/.test(text[end - 1]!)) end--;
  return end;
}
