/**
 * Expressions: the operator table of the language, then primaries and their suffixes.
 *
 * Levels, tightest first: suffixes; prefixes; `as` and `is`; the binary table below; `|>`; `or`.
 * Invariant: `binaryLevel` is the only place that knows how tightly a binary operator binds.
 */
import type { Arg, Block, Expr, FieldInit, Interp, Param } from "./ast.ts";
import { parseBlock } from "./stmt.ts";
import { parseParams } from "./decl.ts";
import { floatValue, intValue, stringValue } from "./literal.ts";
import type { Parser } from "./parser.ts";
import { parseRet, parseType } from "./type.ts";
import * as T from "../scan/token.ts";

const K = T.kindOf;
const LPAREN = K("("),
  RPAREN = K(")"),
  LBRACE = K("{"),
  RBRACE = K("}"),
  LBRACKET = K("["),
  RBRACKET = K("]");
const COMMA = K(","),
  SEMI = K(";"),
  COLON = K(":"),
  DOT = K("."),
  RANGE = K(".."),
  RANGE_EQ = K("..=");
const BANG = K("!"),
  QUESTION = K("?"),
  AT = K("@"),
  PIPE = K("|>"),
  OR = K("or"),
  RETURN = K("return");
const AS = K("as"),
  IS = K("is"),
  FN = K("fn"),
  FAT = K("=>"),
  MINUS = K("-"),
  STAR = K("*"),
  CONST = K("const");

/** Binding strength of binary operators; a larger number binds tighter. Comparison does not chain. */
const binaryRows: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-", "+%", "-%", "+|", "-|"],
  ["*", "/", "%", "*%"],
];
const COMPARE = 3;
const PATTERN = 5;
const binaryLevel: number[] = [];
for (let i = 0; i < T.spellings.length; i++) {
  binaryLevel.push(
    binaryRows.findIndex((row) => i >= T.FIRST_SIGN && row.includes(T.spellings[i])) + 1,
  );
}
const prefixes = new Set(["&", "*", "-", "!", "~"].map((s) => K(s as "&")));
/** `@name(...)` whose arguments are types. */
const typeArguments = new Set([
  "sizeof",
  "alignof",
  "has_field",
  "has_method",
  "field_type",
  "inner_type",
  "typeof",
  "zero",
  "raw",
]);

/** A whole expression with `|>` and `or`. */
export function parseExpr(p: Parser): Expr {
  return p.nested(exprBody);
}

function exprBody(p: Parser): Expr {
  const pos = p.pos;
  let e = parseBinary(p, 1);
  let length = 0;
  while (p.accept(PIPE)) {
    length = p.chain(length);
    const right = parsePostfix(p);
    if (right.kind === "Call") {
      right.args.unshift({ name: undefined, value: e, pos: e.pos });
      right.pos = pos;
      right.pipe = true;
      e = right;
    } else {
      e = {
        kind: "Call",
        fn: right,
        args: [{ name: undefined, value: e, pos: e.pos }],
        pos,
        end: p.last,
        pipe: true,
      };
    }
  }
  while (p.accept(OR)) {
    length = p.chain(length);
    if (p.accept(RETURN)) {
      const ends = p.kind === SEMI || p.kind === RPAREN || p.kind === RBRACE || p.kind === COMMA;
      const value = ends ? undefined : parseExpr(p);
      const how = value === undefined ? "pass" : "return";
      e = { kind: "Or", e, how, value, block: undefined, pos, end: p.last };
    } else if (p.kind === LBRACE) {
      const block = parseBlock(p, true);
      e = { kind: "Or", e, how: "block", value: undefined, block, pos, end: p.last };
    } else {
      const value = parseBinary(p, 1);
      e = { kind: "Or", e, how: "value", value, block: undefined, pos, end: p.last };
    }
  }
  return e;
}

function parseBinary(p: Parser, least: number): Expr {
  const pos = p.pos;
  let left = parseCast(p);
  let compared = false;
  for (let length = 0; ; length = p.chain(length)) {
    const level = binaryLevel[p.kind];
    if (level < least || level === 0) return left;
    if (level === COMPARE) {
      if (compared) p.fail("T0206", "comparisons do not chain", "write `a < b && b < c`");
      compared = true;
    } else if (level < COMPARE) compared = false;
    const op = p.text();
    p.next();
    const right = p.nested((q) => parseBinary(q, level + 1));
    left = { kind: "Binary", op, left, right, pos, end: p.last };
  }
}

function parseCast(p: Parser): Expr {
  const pos = p.pos;
  let e = parseUnary(p);
  for (let length = 0; ; length = p.chain(length)) {
    if (p.accept(AS)) e = { kind: "Cast", e, to: parseType(p), pos, end: p.last };
    else if (p.accept(IS)) e = { kind: "Is", e, to: parseType(p), pos, end: p.last };
    else return e;
    e.end = p.last;
  }
}

function parseUnary(p: Parser): Expr {
  if (!prefixes.has(p.kind)) return parsePostfix(p);
  return p.nested((q) => {
    const pos = q.pos;
    const op = q.text();
    q.next();
    if (op === "-" && q.kind === T.INT) {
      // `-x as T` is `(-x) as T`; a negative literal is one literal, so that MIN can be written.
      const next = parsePostfix(q);
      if (next.kind === "Int") return { ...next, value: -next.value, pos };
      return { kind: "Unary", op, e: next, pos, end: q.last };
    }
    if (op === "*" && (q.kind === BANG || q.kind === CONST)) {
      q.at--;
      return { kind: "TypeExpr", type: parseType(q), pos, end: q.last };
    }
    const e = parseUnary(q);
    return { kind: "Unary", op, e, pos, end: q.last };
  });
}

/** A constant of a pattern, where `|` separates patterns. */
export function parsePatternValue(p: Parser): Expr {
  return p.nested((q) => parseBinary(q, PATTERN));
}

/** An expression without prefix, cast and binary operators. */
export function parsePostfix(p: Parser): Expr {
  const pos = p.pos;
  let e = parsePrimary(p);
  for (let length = 0; ; length = p.chain(length)) {
    if (p.kind === LPAREN) {
      e = { kind: "Call", fn: e, args: parseArgs(p), pos, end: p.last };
      e.end = p.last;
    } else if (p.kind === DOT) {
      p.next();
      const nameAt = p.pos;
      const name = memberName(p);
      e = { kind: "Member", obj: e, name, nameAt, pos, end: p.last };
    } else if (p.kind === LBRACKET) {
      p.next();
      e = parseIndex(p, e, pos);
    } else if (p.kind === BANG) {
      p.next();
      e = { kind: "Unwrap", e, pos, end: p.last };
    } else if (p.kind === LBRACE && isPath(e) && startsStructLit(p)) e = parseStructLit(p, e, pos);
    else return e;
  }
}

/** After `.`, reserved words are names too (`T.type`, `f.from`). */
function memberName(p: Parser): string {
  if (p.kind >= T.FIRST_WORD) {
    const text = p.text();
    p.next();
    return text;
  }
  return p.name("a name after `.`");
}

function isPath(e: Expr): boolean {
  return e.kind === "Name" || (e.kind === "Member" && isPath(e.obj));
}

/** `{` after a path starts a literal when it is empty or a field follows. */
function startsStructLit(p: Parser): boolean {
  return p.peek(1) === RBRACE || (p.peek(1) === T.NAME && p.peek(2) === COLON);
}

function parseStructLit(p: Parser, path: Expr, pos: number): Expr {
  p.next();
  const fields: FieldInit[] = [];
  while (p.kind !== RBRACE) {
    const at = p.pos;
    const name = p.name("a field name");
    p.expect(COLON, "after the name of a field");
    fields.push({ name, value: parseExpr(p), pos: at });
    if (!p.accept(COMMA) && !p.accept(SEMI)) break;
  }
  p.expect(RBRACE, "at the end of a struct literal");
  return { kind: "StructLit", path, fields, pos, end: p.last };
}

function parseIndex(p: Parser, obj: Expr, pos: number): Expr {
  let lo: Expr | undefined;
  if (p.kind !== RANGE) lo = parseExpr(p);
  if (p.accept(RANGE)) {
    const hi = p.kind === RBRACKET ? undefined : parseExpr(p);
    p.expect(RBRACKET, "after the range of a slice");
    return { kind: "Slice", obj, lo, hi, pos, end: p.last };
  }
  if (p.kind === RANGE_EQ) p.fail("T0201", "a slice takes `..`, not `..=`", "write `a[i..j + 1]`");
  p.expect(RBRACKET, "after an index");
  return { kind: "Index", obj, index: lo as Expr, pos, end: p.last };
}

/** `( arg, name: arg, ... )`. */
export function parseArgs(p: Parser): Arg[] {
  p.expect(LPAREN, "before arguments");
  const args: Arg[] = [];
  while (p.kind !== RPAREN) {
    const pos = p.pos;
    let name: string | undefined;
    if (p.kind === T.NAME && p.peek(1) === COLON) {
      name = p.text();
      p.next();
      p.next();
    }
    args.push({ name, value: parseExpr(p), pos });
    if (!p.accept(COMMA)) break;
  }
  p.expect(RPAREN, "after arguments");
  return args;
}

function parsePrimary(p: Parser): Expr {
  const pos = p.pos;
  const kind = p.kind;
  const text = p.text();
  switch (T.spellings[kind]) {
    case "name":
      p.next();
      return { kind: "Name", name: text, pos, end: p.last };
    case "self":
      p.next();
      return { kind: "Name", name: "self", pos, end: p.last };
    case "integer":
      p.next();
      return { kind: "Int", value: intValue(text), pos, end: p.last };
    case "float":
      p.next();
      return { kind: "Float", value: floatValue(text), pos, end: p.last };
    case "string": {
      p.next();
      const quote = text.startsWith('"""') ? 3 : 1;
      const closed = text.length >= quote * 2 && text.endsWith('"');
      const value = stringValue(p, pos + quote, closed ? p.last - quote : p.last);
      return { kind: "Str", value, pos, end: p.last };
    }
    case "raw string":
      p.next();
      return { kind: "Str", value: stringOfRaw(p, pos + 4, p.last - 3), pos, end: p.last };
    case "string head":
      return parseInterp(p);
    case "true":
    case "false":
      p.next();
      return { kind: "Bool", value: text === "true", pos, end: p.last };
    case "null":
      p.next();
      return { kind: "Null", pos, end: p.last };
    case "(": {
      p.next();
      const e = parseExpr(p);
      p.expect(RPAREN, "after an expression in parentheses");
      return e;
    }
    case "[":
      return parseArray(p);
    case "@":
      return parseBuiltin(p);
    case "fn":
      return parseClosure(p);
    case "?":
      return { kind: "TypeExpr", type: parseType(p), pos, end: p.last };
    case "++":
      break;
  }
  const help =
    text === "if" || text === "match"
      ? `\`${text}\` is a statement; assign in its branches`
      : kind >= T.FIRST_WORD
        ? `\`${text}\` is a reserved word`
        : text === "+"
          ? "there is no unary `+` and no `++`; write `x += 1;`"
          : undefined;
  return p.fail("T0205", `expected an expression, found ${p.describe()}`, help);
}

function stringOfRaw(p: Parser, from: number, to: number): string {
  return toBytes(p.source.text.slice(from, to));
}

import { toByteString as toBytes } from "../source/utf8.ts";

function parseInterp(p: Parser): Interp {
  const pos = p.pos;
  const quote = p.text().startsWith('"""') ? 3 : 1;
  const parts: (string | Expr)[] = [stringValue(p, pos + quote, (p.ends[p.at] as number) - 1)];
  p.next();
  for (;;) {
    parts.push(parseExpr(p));
    if (p.kind !== T.STR_MID && p.kind !== T.STR_TAIL) {
      p.fail("T0201", `expected \`}\` after an expression in a string, found ${p.describe()}`);
    }
    const tail = p.kind === T.STR_TAIL;
    const end = p.ends[p.at] as number;
    parts.push(stringValue(p, p.pos + 1, end - (tail ? quote : 1)));
    p.next();
    if (tail) return { kind: "Interp", parts, pos, end: p.last };
  }
}

function parseArray(p: Parser): Expr {
  const pos = p.pos;
  const from = p.at;
  p.next();
  if (p.kind === RBRACKET) {
    const after = p.peek(1);
    p.next();
    if (
      after === T.NAME ||
      after === CONST ||
      after === STAR ||
      after === QUESTION ||
      after === LBRACKET
    ) {
      p.at = from;
      return { kind: "TypeExpr", type: parseType(p), pos, end: p.last };
    }
    return { kind: "ArrayLit", items: [], pos, end: p.last };
  }
  const first = parseExpr(p);
  if (p.accept(SEMI)) {
    const count = parseExpr(p);
    p.expect(RBRACKET, "after the count of an array");
    return { kind: "ArrayRep", item: first, count, pos, end: p.last };
  }
  const items = [first];
  while (p.accept(COMMA)) {
    if (p.kind === RBRACKET) break;
    items.push(parseExpr(p));
  }
  p.expect(RBRACKET, "after the elements of an array");
  if (p.kind === T.NAME && items.length === 1) {
    p.at = from;
    return { kind: "TypeExpr", type: parseType(p), pos, end: p.last };
  }
  return { kind: "ArrayLit", items, pos, end: p.last };
}

function parseBuiltin(p: Parser): Expr {
  const pos = p.pos;
  p.expect(AT, "before a built-in");
  const nameAt = p.pos;
  const name = memberName(p);
  const argStart = p.pos;
  if (name === "inline") {
    const e = parsePostfix(p);
    if (e.kind !== "Call") p.fail("T0205", "`@inline` stands before a call", undefined, nameAt);
    (e as { inline?: boolean }).inline = true;
    return e;
  }
  const args: Expr[] = [];
  p.expect(LPAREN, `after \`@${name}\``);
  while (p.kind !== RPAREN) {
    if (typeArguments.has(name) && args.length === 0) {
      const at = p.pos;
      if (name === "typeof") args.push(parseExpr(p));
      else args.push({ kind: "TypeExpr", type: parseType(p), pos: at, end: p.last });
    } else args.push(parseExpr(p));
    if (!p.accept(COMMA)) break;
  }
  const text = p.source.text.slice(argStart + 1, p.pos).trim();
  p.expect(RPAREN, "after arguments");
  return { kind: "Builtin", name, args, text, pos, end: p.last };
}

/** `fn(p) => e` or `fn(a: T) -> R { ... }`. */
function parseClosure(p: Parser): Expr {
  const pos = p.pos;
  p.expect(FN, "at the start of a closure");
  if (p.kind === T.NAME)
    p.fail(
      "T0207",
      "a function cannot be declared inside another",
      "move it to top level, or write `let f = fn(x) => ...;`",
    );
  const params: Param[] = parseParams(p);
  const ret = parseRet(p);
  let body: Block;
  if (p.accept(FAT)) {
    const e = parseExpr(p);
    body = { kind: "Block", body: [], value: e, pos: e.pos, end: e.end };
  } else body = parseBlock(p, false);
  return { kind: "Closure", params, ret, body, pos, end: p.last };
}

export { MINUS };
