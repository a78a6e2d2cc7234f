/**
 * Token kinds: the words and signs of the language, written once.
 *
 * Kinds are small integers; `spellings[kind]` is the text of a sign or keyword and the name of a class of
 * tokens otherwise. Invariant: keywords form one contiguous range, and so do the signs of assignment.
 */

const classes = [
  "end of file",
  "name",
  "integer",
  "float",
  "string",
  "string head",
  "string middle",
] as const;
const classes2 = ["string tail", "raw string"] as const;
const signs = [
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  ",",
  ";",
  ":",
  ".",
  "..",
  "..=",
  "->",
  "=>",
  "|>",
  "?",
  "!",
  "~",
  "@",
  "||",
  "&&",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "|",
  "^",
  "&",
  "<<",
  ">>",
  "+",
  "-",
  "+%",
  "-%",
  "+|",
  "-|",
  "*",
  "/",
  "%",
  "*%",
  "=",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<=",
  ">>=",
  "+%=",
  "-%=",
  "*%=",
  "+|=",
  "-|=",
] as const;
const words = [
  "import",
  "pub",
  "extern",
  "attr",
  "fn",
  "let",
  "var",
  "const",
  "type",
  "struct",
  "enum",
  "tagged",
  "union",
  "return",
  "if",
  "else",
  "while",
  "for",
  "in",
  "break",
  "continue",
  "match",
  "defer",
  "errdefer",
  "or",
  "as",
  "is",
  "true",
  "false",
  "null",
  "self",
] as const;

/** Spelling of each kind, by number. */
export const spellings: readonly string[] = [...classes, ...classes2, ...signs, ...words];

type Spelling =
  | (typeof classes)[number]
  | (typeof classes2)[number]
  | (typeof signs)[number]
  | (typeof words)[number];

const numbers = new Map<string, number>(spellings.map((s, i) => [s, i]));

/** The number of a kind by its spelling; used when modules load, never per token. */
export function kindOf(spelling: Spelling): number {
  return numbers.get(spelling) as number;
}

export const EOF = 0;
export const NAME = 1;
export const INT = 2;
export const FLOAT = 3;
export const STR = 4;
export const STR_HEAD = 5;
export const STR_MID = 6;
export const STR_TAIL = 7;
export const RAW_STR = 8;
export const FIRST_SIGN = 9;
export const FIRST_ASSIGN = kindOf("=");
export const LAST_ASSIGN = kindOf("-|=");
export const FIRST_WORD = kindOf("import");

/** Keyword kinds by text. */
export const keywords: ReadonlyMap<string, number> = new Map(words.map((w) => [w, kindOf(w)]));

/** Signs by first character code, longest first: `[text, kind]`. */
export const signsByFirst: readonly (readonly (readonly [string, number])[] | undefined)[] =
  (() => {
    const table: [string, number][][] = [];
    for (const s of signs) {
      const first = s.charCodeAt(0);
      const row = table[first] ?? [];
      table[first] = row;
      row.push([s, kindOf(s)]);
    }
    for (const row of table) row?.sort((a, b) => b[0].length - a[0].length);
    return table;
  })();
