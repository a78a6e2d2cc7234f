/**
 * The parser's state: a position in the tokens, what to expect next, and how to recover.
 *
 * Recursive descent with one loop for binary operators. Nesting is bounded by `MAX_DEPTH`, so that hostile
 * input gives an error and not an exhausted stack. Invariant: after an error the parser goes on at the next
 * statement or declaration and always moves forward.
 */
import { foreign } from "./foreign.ts";
import type { Report } from "../source/diagnostic.ts";
import type { Source } from "../source/position.ts";
import type { Tokens } from "../scan/scan.ts";
import * as T from "../scan/token.ts";

/** Deepest nesting of expressions, types and blocks. */
export const MAX_DEPTH = 200;

/** Most operators, suffixes or casts in one chain, which makes a tree as deep. */
const MAX_CHAIN = 1000;

/** Thrown inside the parser to reach the next point of recovery; never leaves it. */
export class Recover extends Error {}

/** Cursor over tokens with the error policy of the parser. */
export class Parser {
  readonly source: Source;
  readonly report: Report;
  readonly kinds: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly comments: readonly number[];
  at = 0;
  depth = 0;
  /** Inside `@tape` code, where `@emit` is allowed. */
  inTape = 0;
  /** Consumed comments, as an index into `comments`, for doc comments. */
  commentAt = 0;

  constructor(source: Source, tokens: Tokens, report: Report) {
    this.source = source;
    this.report = report;
    this.kinds = tokens.kinds;
    this.starts = tokens.starts;
    this.ends = tokens.ends;
    this.comments = tokens.comments;
  }

  get kind(): number {
    return this.kinds[this.at] as number;
  }
  get pos(): number {
    return this.starts[this.at] as number;
  }
  /** End of the token before this one. */
  get last(): number {
    return this.at === 0 ? 0 : (this.ends[this.at - 1] as number);
  }

  peek(ahead: number): number {
    const i = this.at + ahead;
    return i < this.kinds.length ? (this.kinds[i] as number) : T.EOF;
  }

  text(at = this.at): string {
    return this.source.text.slice(this.starts[at], this.ends[at]);
  }

  next(): void {
    if (this.kind !== T.EOF) this.at++;
  }

  accept(kind: number): boolean {
    if (this.kind !== kind) return false;
    this.at++;
    return true;
  }

  /** Whether the current token is the contextual word `word`. */
  isWord(word: string): boolean {
    return this.kind === T.NAME && this.text() === word;
  }

  expect(kind: number, where: string): void {
    if (this.accept(kind)) return;
    const want = T.spellings[kind] as string;
    const semi = want === ";" || want === ")" || want === "]";
    const pos = semi ? this.last : this.pos;
    const help =
      this.at > 0 && this.text(this.at - 1) === "new"
        ? `there is no \`new\`; write \`${this.text()} { field: value }\``
        : foreign.get(this.kind === T.EOF ? "" : this.text());
    this.fail("T0201", `expected \`${want}\` ${where}, found ${this.describe()}`, help, pos);
  }

  name(what: string): string {
    if (this.kind !== T.NAME) {
      const reserved = this.kind >= T.FIRST_WORD;
      const help = reserved
        ? `\`${this.text()}\` is a reserved word; choose another name`
        : undefined;
      this.fail(reserved ? "T0203" : "T0202", `expected ${what}, found ${this.describe()}`, help);
    }
    const text = this.text();
    this.at++;
    return text;
  }

  /** The current token for messages. */
  describe(): string {
    if (this.kind === T.EOF) return "the end of the file";
    const text = this.text();
    return `\`${text.length > 40 ? `${text.slice(0, 37)}...` : text}\``;
  }

  error(code: string, pos: number, end: number, message: string, help?: string): void {
    this.report.add({
      code,
      source: this.source,
      pos,
      end,
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  /** Reports and jumps to the nearest point of recovery. */
  fail(code: string, message: string, help?: string, pos = this.pos): never {
    const end = pos === this.pos ? (this.ends[this.at] as number) : pos + 1;
    this.error(code, pos, Math.max(end, pos + 1), message, help);
    throw new Recover();
  }

  /** Runs `parse` one level deeper. */
  nested<R>(parse: (p: Parser) => R): R {
    if (++this.depth > MAX_DEPTH) {
      this.fail(
        "T0204",
        `this is nested more than ${MAX_DEPTH} levels deep`,
        "split it with names or functions",
      );
    }
    try {
      return parse(this);
    } finally {
      this.depth--;
    }
  }

  /** Refuses a chain of operators, suffixes or casts that has become too long. */
  chain(length: number): number {
    if (length >= MAX_CHAIN)
      this.fail(
        "T0204",
        `this expression chains more than ${MAX_CHAIN} operators`,
        "split it with names",
      );
    return length + 1;
  }

  /** Skips to the token after the next `;` or before the `}` that closes the current block. */
  skipStatement(from: number): void {
    let depth = 0;
    if (this.at === from) this.next();
    while (this.kind !== T.EOF) {
      const s = T.spellings[this.kind];
      if (s === "{" || s === "string head") depth++;
      else if (s === "}" || s === "string tail") {
        if (depth === 0 && s === "}") return;
        depth--;
        if (depth <= 0 && s === "}") {
          this.next();
          return;
        }
      } else if (s === ";" && depth <= 0) {
        this.next();
        return;
      }
      this.next();
    }
  }

  /** The doc comment (`//` lines or a block) that ends right above `pos`, without its signs. */
  docBefore(pos: number): string | undefined {
    const text = this.source.text;
    while (
      this.commentAt + 1 < this.comments.length &&
      (this.comments[this.commentAt + 1] as number) <= pos
    ) {
      this.commentAt += 2;
    }
    const lines: string[] = [];
    let upper = pos;
    for (let i = this.commentAt - 2; i >= 0; i -= 2) {
      const start = this.comments[i] as number;
      const end = this.comments[i + 1] as number;
      const between = text.slice(end, upper);
      if (/\S/.test(between) || (between.match(/\n/g) ?? []).length > 1) break;
      const own = text.slice(text.lastIndexOf("\n", start) + 1, start);
      if (/\S/.test(own)) break;
      lines.unshift(text.slice(start, end).replace(/^\/\/+ ?|^\/\*+|\*+\/$/g, ""));
      upper = start;
    }
    return lines.length === 0 ? undefined : lines.join("\n").trim();
  }
}
