/**
 * Whether two tokens on a line stand apart: from the tokens alone, with what a bracket is for remembered.
 */
import * as T from "../scan/token.ts";

const prefixable = new Set(["-", "&", "*", "!", "~", "?"]);
const heads = new Set([
  "if",
  "while",
  "for",
  "match",
  "return",
  "in",
  "or",
  "as",
  "is",
  "with",
  "let",
  "var",
  "const",
]);

/** What the tokens so far say about the next one. */
export class Spacing {
  /** The last token ended an expression or a type. */
  ended = false;
  /** The last token is a prefix operator. */
  prefix = false;
  /** The last `]` closed the brackets of a type. */
  typeBracket = false;
  /** The last `@name` waits for its `(`. */
  attribute = false;
  readonly #brackets: boolean[] = [];
  #before = "";

  take(text: string, kind: number): void {
    if (kind < 0) return;
    const word = kind === T.NAME || kind >= T.FIRST_WORD;
    const wasEnded = this.ended;
    this.attribute = this.#before === "@" && word;
    this.prefix = prefixable.has(text) && (!wasEnded || this.typeBracket);
    if (text === "!" && wasEnded) this.prefix = false;
    if (text === "[") this.#brackets.push(!wasEnded || this.typeBracket);
    this.typeBracket = text === "]" ? (this.#brackets.pop() ?? false) : false;
    if (kind === T.STR_HEAD || kind === T.STR_MID) this.ended = false;
    else if (kind === T.NAME) this.ended = text !== "secret" && text !== "with";
    else if (kind >= T.FIRST_WORD)
      this.ended = text === "true" || text === "false" || text === "null" || text === "self";
    else
      this.ended =
        text === ")" || text === "]" || kind < T.FIRST_SIGN || (text === "!" && wasEnded);
    this.#before = text;
  }

  get last(): string {
    return this.#before;
  }
}

/** Whether a space stands between token `a` and token `b`. */
export function spaceBetween(s: Spacing, a: string, ak: number, b: string, bk: number): boolean {
  if (ak < 0 || bk < 0) return true;
  if (bk === T.STR_MID || bk === T.STR_TAIL || ak === T.STR_HEAD || ak === T.STR_MID) return false;
  if (b === "," || b === ";" || b === ")" || b === "]" || b === ":") return false;
  if (a === "(" || a === "[" || a === "@") return false;
  if (a === "{" && b === "}") return false;
  if (a === "{" || b === "}" || b === "{") return true;
  if (a === "." || b === ".") return false;
  if (a === ";" || a === ",") return true;
  if (a === ".." || a === "..=" || b === ".." || b === "..=") return false;
  if (s.prefix) return false;
  if (b === "!" && s.ended) return false;
  if (s.typeBracket && bk !== T.FIRST_ASSIGN && a === "]")
    return !(
      bk === T.NAME ||
      b === "const" ||
      b === "*" ||
      b === "?" ||
      b === "[" ||
      b === "fn" ||
      b === "("
    );
  if (b === "(") return !(s.ended || a === "fn" || a === "extern" || s.attribute) || heads.has(a);
  if (b === "[") return !s.ended || a === "}";
  return true;
}
