/**
 * The formatter: one layout, no options.
 *
 * It works on tokens: line breaks stay where the author put them (at most one empty line), indentation and the
 * spaces inside lines follow from the tokens. Invariant: the tokens of the result are the tokens of the source;
 * formatting twice changes nothing.
 */
import { scan, type Tokens } from "../scan/scan.ts";
import * as T from "../scan/token.ts";
import { Report } from "../source/diagnostic.ts";
import { Source } from "../source/position.ts";
import { spaceBetween, Spacing } from "./spacing.ts";

const STEP = "    ";
const declares = new Set([
  "fn",
  "struct",
  "enum",
  "tagged",
  "union",
  "pub",
  "extern",
  "let",
  "var",
  "const",
  "type",
  "attr",
  "@",
  "import",
]);

interface Piece {
  readonly text: string;
  /** Kind of a token, or -1 for a comment. */
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

/** Formats a source; text that does not scan comes back unchanged. */
export function format(text: string): string {
  const report = new Report();
  const tokens = scan(new Source("", text), report);
  if (report.failed) return text;
  const out = layOut(text, merge(text, tokens));
  const again = scan(new Source("", out), report);
  return sameTokens(text, tokens, out, again) ? out : text;
}

function sameTokens(a: string, x: Tokens, b: string, y: Tokens): boolean {
  if (x.kinds.length !== y.kinds.length || x.comments.length !== y.comments.length) return false;
  for (let i = 0; i < x.kinds.length; i++) {
    if (
      x.kinds[i] !== y.kinds[i] ||
      a.slice(x.starts[i], x.ends[i]) !== b.slice(y.starts[i], y.ends[i])
    )
      return false;
  }
  return true;
}

/** Tokens and comments in order. */
function merge(text: string, t: Tokens): Piece[] {
  const out: Piece[] = [];
  let c = 0;
  for (let i = 0; i < t.kinds.length; i++) {
    for (; c < t.comments.length && t.comments[c] < t.starts[i]; c += 2) {
      const comment = text.slice(t.comments[c], t.comments[c + 1]);
      out.push({
        text: comment.replace(/[ \t\r]+$/, ""),
        kind: -1,
        start: t.comments[c],
        end: t.comments[c + 1],
      });
    }
    if (t.kinds[i] !== T.EOF) {
      out.push({
        text: text.slice(t.starts[i], t.ends[i]),
        kind: t.kinds[i],
        start: t.starts[i],
        end: t.ends[i],
      });
    }
  }
  return out;
}

function layOut(text: string, pieces: readonly Piece[]): string {
  let out = "";
  /** Indentation of the line on which each open bracket stands. */
  const open: number[] = [];
  let indent = 0;
  const spacing = new Spacing();
  for (let i = 0; i < pieces.length; i++) {
    const p = pieces[i];
    const before = pieces[i - 1];
    const sign = p.kind < 0 ? "//" : p.kind === T.NAME ? "name" : T.spellings[p.kind];
    const closes = sign === "}" || sign === ")" || sign === "]";
    const breaks = before === undefined ? 0 : lineBreaks(text, before.end, p.start);
    if (before !== undefined && breaks > 0) {
      out += breaks > 1 && !closes && !opensBlock(before) ? "\n\n" : "\n";
      const base = open.length === 0 ? 0 : open[open.length - 1] + 1;
      indent = closes ? (open[open.length - 1] ?? 0) : base + (continues(pieces, i) ? 1 : 0);
      out += STEP.repeat(indent);
    } else if (
      before !== undefined &&
      spaceBetween(spacing, before.text, before.kind, p.text, p.kind)
    )
      out += " ";
    out += p.text;
    if (closes) open.pop();
    else if (sign === "{" || sign === "(" || sign === "[") open.push(indent);
    spacing.take(p.text, p.kind);
  }
  return out === "" ? "" : `${out}\n`;
}

function opensBlock(p: Piece): boolean {
  return p.kind >= 0 && T.spellings[p.kind] === "{";
}

function lineBreaks(text: string, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 10) n++;
  return n;
}

/** Whether a line goes on with what the line before began. */
function continues(pieces: readonly Piece[], at: number): boolean {
  let i = at - 1;
  while (i >= 0 && pieces[i].kind < 0) i--;
  if (i < 0) return false;
  const last = pieces[i].text;
  if (/^[;{},([]$/.test(last) || last === "=>") return false;
  const word = pieces[at].text;
  if (pieces[at].kind < 0) return false;
  return !declares.has(word) && !(word === "test" || word === "else");
}
