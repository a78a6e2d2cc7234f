/**
 * Statements and blocks. After an error in a statement, parsing goes on at the next one.
 */
import type { Arm, Assign, Bind, Block, Expr, Pattern, PatBind, Stmt } from "./ast.ts";
import { parseDecl, parseField } from "./decl.ts";
import { parseExpr, parsePatternValue } from "./expr.ts";
import { type Parser, Recover } from "./parser.ts";
import { parseType } from "./type.ts";
import type { Steps } from "../source/steps.ts";
import * as T from "../scan/token.ts";

const K = T.kindOf;
const LPAREN = K("("),
  RPAREN = K(")"),
  LBRACE = K("{"),
  RBRACE = K("}"),
  COMMA = K(","),
  SEMI = K(";");
const COLON = K(":"),
  RANGE = K(".."),
  RANGE_EQ = K("..="),
  FAT = K("=>"),
  AT = K("@"),
  IN = K("in");
const ELSE = K("else"),
  VAR = K("var"),
  LET = K("let"),
  CONST = K("const"),
  IF = K("if"),
  ASSIGN = K("=");
const IS = K("is"),
  AS = K("as"),
  PIPE_BAR = K("|");

/** `{ ... }`; with `valued`, an expression without `;` may come last. */
export function parseBlock(p: Parser, valued = false): Block {
  return p.nested(() => {
    const pos = p.pos;
    p.expect(LBRACE, "at the start of a block");
    const body: Stmt[] = [];
    let value: Expr | undefined;
    while (p.kind !== RBRACE && p.kind !== T.EOF) value = statement(p, valued, body);
    p.expect(RBRACE, "at the end of a block");
    return { kind: "Block", body, value, pos, end: p.last };
  });
}

/** The same without a value at the end, a statement at a time: the body of a function of the file. */
export function* blockSteps(p: Parser): Steps<Block> {
  const { pos } = p;
  p.depth++;
  p.expect(LBRACE, "at the start of a block");
  const body: Stmt[] = [];
  while (p.kind !== RBRACE && p.kind !== T.EOF) {
    const from = p.pos;
    statement(p, false, body);
    yield p.pos - from;
  }
  p.expect(RBRACE, "at the end of a block");
  p.depth--;
  return { kind: "Block", body, value: undefined, pos, end: p.last };
}

/** One statement of a block into `body`; the value of the block, where it is that. */
function statement(p: Parser, valued: boolean, body: Stmt[]): Expr | undefined {
  const from = p.at;
  const depth = p.depth;
  try {
    const stmt = parseStmt(p, valued);
    if (stmt.kind === "ExprStmt" && valued && p.kind === RBRACE && p.kinds[p.at - 1] !== SEMI)
      return stmt.e;
    body.push(stmt);
  } catch (e) {
    if (!(e instanceof Recover)) throw e;
    p.depth = depth;
    p.skipStatement(from);
  }
  return undefined;
}

/** One statement; with `valued`, an expression before `}` may go without its `;`. */
export function parseStmt(p: Parser, valued = false): Stmt {
  const pos = p.pos;
  switch (T.spellings[p.kind]) {
    case "{":
      return parseBlock(p);
    case "let":
    case "var":
    case "const":
      return parseBind(p, false);
    case "if":
      return parseIf(p);
    case "while": {
      p.next();
      const cond = parseCondition(p, "while");
      return { kind: "While", cond, body: parseBlock(p), pos, end: p.last };
    }
    case "for":
      return parseFor(p);
    case "match":
      return parseMatch(p);
    case "return": {
      p.next();
      const value = p.kind === SEMI ? undefined : parseExpr(p);
      p.expect(SEMI, "after `return`");
      return { kind: "Return", value, pos, end: p.last };
    }
    case "break":
    case "continue": {
      const how = p.text() as "break" | "continue";
      p.next();
      p.expect(SEMI, `after \`${how}\``);
      return { kind: "Jump", how, pos, end: p.last };
    }
    case "defer":
    case "errdefer": {
      const onError = p.text() === "errdefer";
      p.next();
      const body = p.nested((q) => parseStmt(q));
      return { kind: "Defer", onError, body, pos, end: p.last };
    }
    case "@":
      if (p.source.text.startsWith("tape", p.starts[p.at + 1])) return parseTape(p);
      if (p.source.text.startsWith("emit", p.starts[p.at + 1])) return parseEmit(p);
      break;
    case "fn":
      if (p.peek(1) === T.NAME)
        p.fail(
          "T0207",
          "a function cannot be declared inside another",
          "move it to top level, or write `let f = fn(x) => ...;`",
        );
      break;
    case "struct":
    case "enum":
    case "tagged":
    case "import":
    case "pub":
      p.fail("T0207", `\`${p.text()}\` belongs at top level`, "move it out of the function");
  }
  const e = parseExpr(p);
  if (p.kind >= T.FIRST_ASSIGN && p.kind <= T.LAST_ASSIGN) {
    const op = p.text();
    p.next();
    const value = parseExpr(p);
    p.expect(SEMI, "after an assignment");
    return { kind: "Assign", op, place: e, value, pos, end: p.last };
  }
  if (!(valued && p.kind === RBRACE)) {
    if (p.kind === K("+") || p.kind === K("-"))
      p.fail("T0201", "there is no `++` or `--`", "write `x += 1;`");
    if (p.kind === COLON && e.kind === "Name") {
      p.fail(
        "T0201",
        "expected `;` after an expression, found `:`",
        `a declaration starts with \`let\` or \`var\`: \`var ${e.name}: ...\``,
      );
    }
    p.expect(SEMI, "after an expression");
  }
  return { kind: "ExprStmt", e, pos, end: p.last };
}

/** `let|var|const NAME (: T)? (= e)? ;`. */
export function parseBind(p: Parser, pub: boolean): Bind {
  const pos = p.pos;
  const how = p.text() as Bind["how"];
  p.next();
  const nameAt = p.pos;
  const name = p.name(`a name after \`${how}\``);
  const type = p.accept(COLON) ? parseType(p) : undefined;
  const init = p.accept(ASSIGN) ? parseExpr(p) : undefined;
  p.expect(SEMI, `after \`${how} ${name}\``);
  return { kind: "Bind", how, name, nameAt, type, init, attrs: [], pub, pos, end: p.last };
}

function parseCondition(p: Parser, word: string): Expr {
  if (p.kind !== LPAREN)
    p.fail(
      "T0208",
      `the condition of \`${word}\` stands in parentheses`,
      `write \`${word} (...) { ... }\``,
    );
  p.next();
  const e = parseExpr(p);
  if (p.kind === ASSIGN)
    p.fail("T0209", "`=` assigns and is no condition", "write `==` to compare");
  p.expect(RPAREN, `after the condition of \`${word}\``);
  return e;
}

function parseIf(p: Parser): Stmt {
  return p.nested(() => {
    const pos = p.pos;
    p.next();
    const cond = parseCondition(p, "if");
    const then = parseBlock(p);
    let other: Stmt | undefined;
    if (p.accept(ELSE)) other = p.kind === IF ? parseIf(p) : parseBlock(p);
    return { kind: "If", cond, then, other, pos, end: p.last };
  });
}

function parseFor(p: Parser): Stmt {
  const pos = p.pos;
  p.next();
  if (p.kind !== LPAREN)
    p.fail("T0208", "the head of `for` stands in parentheses", "write `for (x in a) { ... }`");
  p.next();
  if (p.kind === VAR || p.kind === LET || p.kind === CONST) {
    const init = parseBind(p, false);
    const cond = parseExpr(p);
    p.expect(SEMI, "after the condition of `for`");
    const at = p.pos;
    const place = parseExpr(p);
    if (p.kind < T.FIRST_ASSIGN || p.kind > T.LAST_ASSIGN)
      p.fail("T0201", "the step of `for` is an assignment", "write `i += 1`");
    const op = p.text();
    p.next();
    const value = parseExpr(p);
    const step: Assign = { kind: "Assign", op, place, value, pos: at, end: p.last };
    p.expect(RPAREN, "after the head of `for`");
    return { kind: "ForC", init, cond, step, body: parseBlock(p), pos, end: p.last };
  }
  const nameAt = p.pos;
  const name = p.name("a loop variable");
  const second = p.accept(COMMA) ? p.name("a second loop variable") : undefined;
  p.expect(IN, "after the loop variable");
  const over = parseExpr(p);
  let to: Expr | undefined;
  let inclusive = false;
  if (p.kind === RANGE || p.kind === RANGE_EQ) {
    inclusive = p.kind === RANGE_EQ;
    p.next();
    to = parseExpr(p);
  }
  p.expect(RPAREN, "after the head of `for`");
  const body = parseBlock(p);
  return { kind: "For", name, nameAt, second, over, to, inclusive, body, pos, end: p.last };
}

function parseMatch(p: Parser): Stmt {
  const pos = p.pos;
  p.next();
  const e = parseCondition(p, "match");
  p.expect(LBRACE, "after the head of `match`");
  const arms: Arm[] = [];
  while (p.kind !== RBRACE && p.kind !== T.EOF) {
    const at = p.pos;
    const patterns = [parsePattern(p)];
    while (p.accept(PIPE_BAR)) patterns.push(parsePattern(p));
    p.expect(FAT, "after a pattern");
    if (p.kind !== LBRACE)
      p.fail(
        "T0201",
        `expected \`{\` after \`=>\`, found ${p.describe()}`,
        "the body of an arm is a block",
      );
    arms.push({ patterns, body: parseBlock(p), pos: at });
    if (!p.accept(COMMA)) p.accept(SEMI);
  }
  p.expect(RBRACE, "at the end of `match`");
  return { kind: "Match", e, arms, pos, end: p.last };
}

function parsePattern(p: Parser): Pattern {
  const pos = p.pos;
  if (p.accept(IS)) {
    const type = parseType(p);
    const pattern: Pattern = { what: "type", type, pos, end: p.last };
    if (p.accept(AS))
      pattern.binds = [
        { name: "", as: p.name("a name after `as`"), pos: p.starts[p.at - 1] as number },
      ];
    return pattern;
  }
  if (p.isWord("_")) {
    p.next();
    return { what: "any", pos, end: p.last };
  }
  if (p.kind === T.NAME || p.kind === K("self")) {
    let path: Expr = { kind: "Name", name: p.text(), pos, end: 0 };
    p.next();
    while (p.kind === K(".")) {
      p.next();
      const nameAt = p.pos;
      path = {
        kind: "Member",
        obj: path,
        name: p.name("a name after `.`"),
        nameAt,
        pos,
        end: p.last,
      };
    }
    const pattern: Pattern = { what: "path", path, pos, end: p.last };
    if (p.accept(LBRACE)) parsePatBinds(p, pattern);
    pattern.end = p.last;
    return pattern;
  }
  const literal = parsePatternValue(p);
  const pattern: Pattern = { what: "literal", literal, pos, end: p.last };
  if (p.kind === RANGE || p.kind === RANGE_EQ) {
    if (p.kind === RANGE) p.fail("T0201", "a range in a pattern is written `a..=b`");
    p.next();
    pattern.hi = parsePatternValue(p);
  }
  return pattern;
}

function parsePatBinds(p: Parser, pattern: Pattern): void {
  const binds: PatBind[] = [];
  pattern.binds = binds;
  pattern.rest = false;
  while (p.kind !== RBRACE) {
    const pos = p.pos;
    if (p.accept(RANGE)) pattern.rest = true;
    else {
      const name = p.name("a field name or `..`");
      const as = p.accept(COLON) ? p.name("a name after `:`") : name;
      binds.push({ name, as, pos });
    }
    if (!p.accept(COMMA) && !p.accept(SEMI)) break;
  }
  p.expect(RBRACE, "at the end of a pattern");
}

/** `@tape { ... }` as a statement or a member. */
export function parseTape(p: Parser): Stmt & { kind: "TapeBlock" } {
  const pos = p.pos;
  p.expect(AT, "before `tape`");
  p.next();
  p.inTape++;
  const body = parseBlock(p);
  p.inTape--;
  return { kind: "TapeBlock", body, pos, end: p.last };
}

/** `@emit` with a declaration, a field, or a `let`/`var`/`const`. */
function parseEmit(p: Parser): Stmt {
  const pos = p.pos;
  if (p.inTape === 0)
    p.fail(
      "T0801",
      "`@emit` is allowed only in `@tape` code",
      "put it into `@tape { ... }` or a `@tape fn`",
    );
  p.next();
  p.next();
  if (p.kind === T.NAME && p.peek(1) === COLON) {
    const field = parseField(p, []);
    if (!p.accept(SEMI)) p.accept(COMMA);
    return { kind: "Emit", decl: undefined, field, stmt: undefined, pos, end: p.last };
  }
  const inTape = p.inTape;
  p.inTape = 0;
  const decl = parseDecl(p);
  p.inTape = inTape;
  return { kind: "Emit", decl, field: undefined, stmt: undefined, pos, end: p.last };
}
