/**
 * The scanner: source text to tokens in flat integer arrays.
 *
 * Text of a token is `source.text.slice(start, end)`. A string with interpolation comes as head, tokens of the
 * expression, middle, ..., tail; the pieces include their quote or brace. Comments are kept in a list of their
 * own for the formatter. Invariant: arrays end with one EOF token; scanning never throws and is linear.
 */
import type { Report } from "../source/diagnostic.ts";
import type { Source } from "../source/position.ts";
import { type Steps, wholly } from "../source/steps.ts";
import * as T from "./token.ts";

/** Tokens of a file, as parallel arrays. */
export interface Tokens {
  readonly kinds: number[];
  readonly starts: number[];
  readonly ends: number[];
  /** Start and end offsets of comments, alternating. */
  readonly comments: number[];
}

const BRACE_OPEN = T.kindOf("{");
const BRACE_CLOSE = T.kindOf("}");

const NAME_START = 1;
const NAME_PART = 2;
const DIGIT = 4;
const SPACE = 8;
const classOf = new Uint8Array(128);
for (let i = 0; i < 128; i++) {
  const c = String.fromCharCode(i);
  if (/[A-Za-z_$]/.test(c)) classOf[i] = NAME_START | NAME_PART;
  else if (/[0-9]/.test(c)) classOf[i] = DIGIT | NAME_PART;
  else if (c === " " || c === "\t" || c === "\n" || c === "\r") classOf[i] = SPACE;
}

/** Scans a whole file; errors go to `report`, and the tokens that make sense are returned anyway. */
export function scan(source: Source, report: Report): Tokens {
  return wholly(scanSteps(source, report));
}

/** The same in steps. */
export function* scanSteps(source: Source, report: Report): Steps<Tokens> {
  const scanner = new Scanner(source, report);
  for (let from = 0; !scanner.ended; from = scanner.at) {
    scanner.run(from + STEP);
    yield scanner.at - from;
  }
  return scanner.tokens;
}

/** Characters of a step, beside the rest of the token that it ends in. */
const STEP = 1024;

class Scanner {
  readonly source: Source;
  readonly report: Report;
  readonly text: string;
  readonly tokens: Tokens = { kinds: [], starts: [], ends: [], comments: [] };
  at = 0;
  ended = false;
  /** For each open interpolation: brace depth inside it, and whether its string is triple-quoted. */
  readonly open: { depth: number; triple: boolean }[] = [];

  constructor(source: Source, report: Report) {
    this.source = source;
    this.report = report;
    this.text = source.text;
  }

  /** Goes on until `end`, or the end of the text. */
  run(end: number): void {
    const text = this.text;
    const n = text.length;
    const most = Math.min(end, n);
    if (this.at === 0 && text.charCodeAt(0) === 0xfeff) this.at = 1;
    while (this.at < most) {
      const start = this.at;
      const c = text.charCodeAt(start);
      const kind = c < 128 ? (classOf[c] as number) : 0;
      if (kind === SPACE) this.at++;
      else if ((kind & NAME_START) !== 0) this.#name(start);
      else if ((kind & DIGIT) !== 0) this.#number(start);
      else if (c === 0x22) this.#string(start, false);
      else if (c === 0x2f && text.charCodeAt(start + 1) === 0x2f) this.#lineComment(start);
      else if (c === 0x2f && text.charCodeAt(start + 1) === 0x2a) this.#blockComment(start);
      else this.#sign(start, c);
    }
    if (this.at < n) return;
    if (this.open.length > 0) this.#error("T0104", n, n, "a string's `{` is never closed");
    this.#push(T.EOF, n, n);
    this.ended = true;
  }

  #push(kind: number, start: number, end: number): void {
    this.tokens.kinds.push(kind);
    this.tokens.starts.push(start);
    this.tokens.ends.push(end);
  }

  #error(code: string, pos: number, end: number, message: string, help?: string): void {
    this.report.add({
      code,
      source: this.source,
      pos,
      end,
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  #name(start: number): void {
    const text = this.text;
    let i = start;
    let splice = false;
    for (;;) {
      const c = text.charCodeAt(i);
      if (!(c < 128) || ((classOf[c] as number) & NAME_PART) === 0) break;
      i++;
      if (c === 0x24) {
        splice = true;
        if (text.charCodeAt(i) === 0x7b) {
          const close = text.indexOf("}", i);
          i = close < 0 ? i : close + 1;
        }
      }
    }
    if (i === start + 1 && text.charCodeAt(start) === 0x72 && text.startsWith('"""', i)) {
      this.#rawString(start);
      return;
    }
    this.at = i;
    const word = splice ? undefined : T.keywords.get(text.slice(start, i));
    this.#push(word ?? T.NAME, start, i);
  }

  #number(start: number): void {
    const text = this.text;
    const rest =
      /0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]+)?(?:[pP][+-]?[0-9]+)?|0[bB][01_]*|0[oO][0-7_]*|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?/y;
    rest.lastIndex = start;
    const found = (rest.exec(text) as RegExpExecArray)[0];
    let end = start + found.length;
    const hex = /^0[xX]/.test(found);
    const float = hex ? /[.pP]/.test(found) : /^[0-9_]+(\.|[eE])/.test(found);
    const c = text.charCodeAt(end);
    if (c < 128 && ((classOf[c] as number) & NAME_PART) !== 0) {
      while (
        text.charCodeAt(end) < 128 &&
        ((classOf[text.charCodeAt(end)] as number) & NAME_PART) !== 0
      )
        end++;
      this.#error(
        "T0103",
        start,
        end,
        `\`${text.slice(start, end)}\` is not a number`,
        "write digits of its base, `_` only between digits",
      );
    } else if (
      /_$|_[.eEpP]|[xXbBoO.]_|^0[xXbBoO]$/.test(found) ||
      (hex && float && !/[pP]/.test(found))
    ) {
      this.#error(
        "T0103",
        start,
        end,
        `\`${found}\` is not a number`,
        "write digits of its base, `_` only between digits",
      );
    }
    this.at = end;
    this.#push(float ? T.FLOAT : T.INT, start, end);
  }

  #lineComment(start: number): void {
    let end = this.text.indexOf("\n", start);
    if (end < 0) end = this.text.length;
    this.tokens.comments.push(start, end);
    this.at = end;
  }

  /** Block comments nest. */
  #blockComment(start: number): void {
    const text = this.text;
    let depth = 1;
    let i = start + 2;
    while (depth > 0) {
      const close = text.indexOf("*/", i);
      if (close < 0) {
        this.#error(
          "T0102",
          start,
          start + 2,
          "this comment is never closed",
          "add `*/`; comments nest, so each `/*` needs its own",
        );
        i = text.length;
        break;
      }
      const inner = text.indexOf("/*", i);
      if (inner >= 0 && inner < close) {
        depth++;
        i = inner + 2;
      } else {
        depth--;
        i = close + 2;
      }
    }
    this.tokens.comments.push(start, i);
    this.at = i;
  }

  #sign(start: number, c: number): void {
    const row = c < 128 ? T.signsByFirst[c] : undefined;
    for (let i = 0; row !== undefined && i < row.length; i++) {
      const sign = row[i][0];
      const kind = row[i][1];
      if (!this.text.startsWith(sign, start)) continue;
      const top = this.open[this.open.length - 1];
      if (top !== undefined && kind === BRACE_OPEN) top.depth++;
      if (top !== undefined && kind === BRACE_CLOSE) {
        if (top.depth === 0) {
          this.open.pop();
          this.#string(start, true, top.triple);
          return;
        }
        top.depth--;
      }
      this.at = start + sign.length;
      this.#push(kind, start, this.at);
      return;
    }
    const code = this.text.codePointAt(start) as number;
    const width = code > 0xffff ? 2 : 1;
    this.at = start + width;
    if (c === 0x23) {
      const word = /^#[A-Za-z]*/.exec(this.text.slice(start, start + 20))?.[0] ?? "#";
      this.at = start + word.length;
      const help = `remove \`${word}\`; tests are \`test "name" { ... }\` at top level`;
      this.#error(
        "T0105",
        start,
        this.at,
        "regions and colours are not part of this language",
        help,
      );
    } else if (c === 0x27) {
      this.at =
        this.text.indexOf("\n", start) < 0 ? this.text.length : this.text.indexOf("\n", start);
      this.#error(
        "T0101",
        start,
        start + 1,
        "there are no character literals",
        'write `"A"[0]` or `0x41`, and `"..."` for text',
      );
    } else {
      const shown =
        code < 32 || code === 127
          ? `U+${code.toString(16).padStart(4, "0")}`
          : this.text.slice(start, this.at);
      this.#error(
        "T0101",
        start,
        this.at,
        `the character \`${shown}\` has no meaning here`,
        "names use A-Z, a-z, 0-9 and `_`",
      );
    }
  }

  /** A string from its quote, or from the `}` that closes an interpolation. */
  #string(start: number, resumed: boolean, wasTriple = false): void {
    const text = this.text;
    const triple = resumed ? wasTriple : text.startsWith('"""', start);
    let i = start + (resumed ? 1 : triple ? 3 : 1);
    for (;;) {
      const c = text.charCodeAt(i);
      if (!(c >= 0) || (c === 0x0a && !triple)) {
        this.#error(
          "T0104",
          start,
          i,
          "this string is never closed",
          triple ? 'add `"""`' : 'add `"`; `"""` starts a string of several lines',
        );
        this.at = i;
        this.#push(resumed ? T.STR_TAIL : T.STR, start, i);
        return;
      }
      if (c === 0x5c) {
        const escape =
          text.charCodeAt(i + 1) === 0x75 && text.charCodeAt(i + 2) === 0x7b
            ? /\\u\{[0-9a-fA-F]*\}/y
            : undefined;
        if (escape !== undefined) escape.lastIndex = i;
        i += escape?.exec(text)?.[0].length ?? 2;
      } else if (c === 0x22 && (!triple || text.startsWith('"""', i))) {
        this.at = i + (triple ? 3 : 1);
        this.#push(resumed ? T.STR_TAIL : T.STR, start, this.at);
        return;
      } else if (c === 0x7b) {
        this.at = i + 1;
        this.#push(resumed ? T.STR_MID : T.STR_HEAD, start, this.at);
        this.open.push({ depth: 0, triple });
        return;
      } else i++;
    }
  }

  #rawString(start: number): void {
    let end = this.text.indexOf('"""', start + 4);
    if (end < 0) {
      this.#error("T0104", start, start + 4, "this raw string is never closed", 'add `"""`');
      end = this.text.length - 3;
    }
    this.at = Math.max(end + 3, start + 4);
    this.#push(T.RAW_STR, start, this.at);
  }
}
