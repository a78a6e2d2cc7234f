/**
 * Declarations: functions, types, globals, tests, and attributes before them.
 */
import type { Attr, Decl, EnumMember, Expr, Field, Param, TapeBlock, Variant } from "./ast.ts";
import { parseArgs, parseExpr, parsePostfix } from "./expr.ts";
import { stringValue } from "./literal.ts";
import type { Parser } from "./parser.ts";
import type { Steps } from "../source/steps.ts";
import { blockSteps, parseBind, parseBlock, parseTape } from "./stmt.ts";
import { parseRet, parseType } from "./type.ts";
import * as T from "../scan/token.ts";

const K = T.kindOf;
const LPAREN = K("("),
  RPAREN = K(")"),
  LBRACE = K("{"),
  RBRACE = K("}"),
  COMMA = K(","),
  SEMI = K(";");
const COLON = K(":"),
  DOT = K("."),
  AT = K("@"),
  STAR = K("*"),
  SELF = K("self"),
  ASSIGN = K("="),
  FN = K("fn");
const STRUCT = K("struct"),
  ENUM = K("enum"),
  TAGGED = K("tagged"),
  UNION = K("union"),
  TYPE = K("type");
const ATTR = K("attr"),
  EXTERN = K("extern"),
  LBRACKET = K("["),
  AS = K("as");

/** A plain string token's value. */
export function plainString(p: Parser, where: string): string {
  if (p.kind !== T.STR) p.fail("T0201", `expected a string ${where}, found ${p.describe()}`);
  const from = p.pos;
  const to = p.ends[p.at] as number;
  p.next();
  return stringValue(p, from + 1, to - 1);
}

/** Attributes `@name(args)` before a declaration, field or variant. */
export function parseAttrs(p: Parser): Attr[] {
  const attrs: Attr[] = [];
  while (p.kind === AT) {
    const word = p.source.text.slice(p.starts[p.at + 1], p.ends[p.at + 1]);
    if (word === "tape" || word === "emit") break;
    const pos = p.pos;
    p.next();
    let name = p.name("an attribute name");
    while (p.accept(DOT)) name += `.${p.name("a name after `.`")}`;
    const args: Expr[] = [];
    if (name === "swizzle") {
      const field = p.name("a name after `@swizzle`");
      p.expect(COLON, "after the name of a swizzle");
      parseType(p);
      args.push({ kind: "Name", name: field, pos, end: p.last });
      p.accept(SEMI);
    } else if (p.kind === LPAREN) for (const arg of parseArgs(p)) args.push(arg.value);
    if (name !== "profile" && name !== "link") attrs.push({ name, args, pos, end: p.last });
    if (args.length > 16) p.error("T0210", pos, p.last, "an attribute takes at most 16 arguments");
  }
  return attrs;
}

/** One declaration, with its attributes and `pub`. */
export function parseDecl(p: Parser): Decl {
  const start = p.pos;
  const doc = p.docBefore(start);
  const attrs = parseAttrs(p);
  const pos = p.pos;
  const pub = p.accept(K("pub"));
  for (const more of parseAttrs(p)) attrs.push(more);
  const decl = declBody(p, pos, pub, attrs);
  if (doc !== undefined && "doc" in decl === false && decl.kind !== "TapeBlock") decl.doc = doc;
  return decl;
}

function declBody(p: Parser, pos: number, pub: boolean, attrs: Attr[]): Decl {
  const word = p.text();
  if (p.kind === AT) {
    const name = p.text(p.at + 1);
    if (name === "tape" && p.peek(2) === LBRACE) return parseTape(p);
    if (name === "tape" && p.peek(2) === FN) {
      p.next();
      p.next();
      return parseFn(p, pos, pub, attrs, true);
    }
  }
  switch (T.spellings[p.kind]) {
    case "fn":
      return parseFn(p, pos, pub, attrs, false);
    case "extern":
      return parseExtern(p, pos, pub, attrs);
    case "struct":
    case "union":
      return parseStruct(p, pos, pub, attrs);
    case "enum":
      return parseEnum(p, pos, pub, attrs);
    case "tagged":
      return parseTagged(p, pos, pub, attrs);
    case "let":
    case "var":
    case "const": {
      const bind = parseBind(p, pub);
      bind.attrs = attrs;
      return bind;
    }
    case "type": {
      p.next();
      const nameAt = p.pos;
      const name = p.name("a type name");
      p.expect(ASSIGN, "after the name of a type");
      const type = parseType(p);
      p.expect(SEMI, "after a type");
      return { kind: "TypeAlias", name, nameAt, pub, attrs, type, pos, end: p.last };
    }
    case "attr": {
      p.next();
      const nameAt = p.pos;
      const name = p.name("an attribute name");
      const params = p.kind === LPAREN ? parseParams(p) : [];
      p.expect(SEMI, "after an attribute");
      return { kind: "AttrDecl", name, nameAt, pub, attrs, params, pos, end: p.last };
    }
  }
  if (word === "test" && p.peek(1) === T.STR) return parseTest(p, pos, attrs);
  if ((word === "setup" || word === "teardown") && p.peek(1) === LBRACE) {
    const nameAt = p.pos;
    p.next();
    const body = parseBlock(p);
    return {
      kind: "Test",
      what: word,
      name: word,
      nameAt,
      pub,
      attrs,
      body,
      rows: [],
      names: [],
      pos,
      end: p.last,
    };
  }
  if (word === "refactor" && p.peek(1) === LPAREN) return parseRefactor(p, pos, attrs);
  const help =
    T.spellings[p.kind] === "import"
      ? "imports come before declarations"
      : word === "function" || word === "func" || word === "def"
        ? "a function starts with `fn`"
        : word === "class"
          ? "write `struct`, and methods as `fn Name.method(*self) { ... }`"
          : "top level holds `fn`, `struct`, `enum`, `tagged`, `const`, `let`, `var`, `type`, `test` and imports; statements belong into a function";
  return p.fail("T0211", `expected a declaration, found ${p.describe()}`, help);
}

/** `( a: T = v, *self, ... )`. */
export function parseParams(p: Parser): Param[] {
  p.expect(LPAREN, "before parameters");
  const params: Param[] = [];
  while (p.kind !== RPAREN) {
    const attrs = parseAttrs(p);
    const pos = p.pos;
    const pointer = p.kind === STAR && p.peek(1) === SELF;
    if (pointer) p.next();
    if (p.accept(SELF)) {
      const self = pointer ? "pointer" : "copy";
      params.push({ name: "self", type: undefined, value: undefined, pos, self, attrs });
    } else {
      const name = p.name("a parameter name");
      const type = p.accept(COLON) ? parseType(p) : undefined;
      const value = p.accept(ASSIGN) ? parseExpr(p) : undefined;
      params.push({ name, type, value, pos, self: "", attrs });
    }
    if (!p.accept(COMMA)) break;
  }
  p.expect(RPAREN, "after parameters");
  return params;
}

function parseFn(p: Parser, pos: number, pub: boolean, attrs: Attr[], tape: boolean): Decl {
  const head = fnHead(p);
  if (tape) p.inTape++;
  const body = parseBlock(p);
  if (tape) p.inTape--;
  return { ...head, kind: "Fn", pub, attrs, body, tape, extern: undefined, pos, end: p.last };
}

/** A function that starts with `fn`, a statement of its body at a time. */
export function* parseDeclSteps(p: Parser): Steps<Decl> {
  const { pos } = p;
  const doc = p.docBefore(pos);
  const head = fnHead(p);
  yield p.pos - pos;
  const body = yield* blockSteps(p);
  const more = { pub: false, attrs: [], tape: false, extern: undefined, pos, end: p.last };
  const decl: Decl = { ...head, kind: "Fn", body, ...more };
  if (doc !== undefined) decl.doc = doc;
  return decl;
}

/** From `fn` to the body. */
function fnHead(
  p: Parser,
): Pick<Decl & { kind: "Fn" }, "name" | "nameAt" | "owner" | "params" | "ret"> {
  p.next();
  let nameAt = p.pos;
  let name = p.name("a function name");
  let owner: string | undefined;
  if (p.accept(DOT)) {
    owner = name;
    nameAt = p.pos;
    name = p.name("a method name");
  }
  if (p.kind === K("<"))
    p.fail(
      "T0212",
      "there are no generic functions",
      "write `@tape fn make(T: type) { @emit fn ... }`",
    );
  const params = parseParams(p);
  const ret = parseRet(p);
  if (p.kind === COLON)
    p.fail("T0201", "the return type follows `->`", "write `fn f() -> i64 { ... }`");
  return { name, nameAt, owner, params, ret };
}

function parseExtern(p: Parser, pos: number, pub: boolean, attrs: Attr[]): Decl {
  p.expect(EXTERN, "");
  let symbol: string | undefined;
  if (p.accept(LPAREN)) {
    symbol = plainString(p, "with the external name");
    p.expect(RPAREN, "after the external name");
  }
  p.expect(FN, "after `extern`");
  const nameAt = p.pos;
  const name = p.name("a function name");
  const params = parseParams(p);
  const ret = parseRet(p);
  p.expect(SEMI, "after an `extern` function");
  const extern = symbol ?? name;
  return {
    kind: "Fn",
    name,
    nameAt,
    pub,
    attrs,
    owner: undefined,
    params,
    ret,
    body: undefined,
    tape: false,
    extern,
    pos,
    end: p.last,
  };
}

/** `name: T`, without its separator. */
export function parseField(p: Parser, attrs: Attr[]): Field {
  const pos = p.pos;
  const name = p.name("a field name");
  p.expect(COLON, "after the name of a field");
  return { name, type: parseType(p), pos, attrs };
}

function parseFields(p: Parser, tapes: TapeBlock[] | undefined): Field[] {
  const fields: Field[] = [];
  p.expect(LBRACE, "before fields");
  while (p.kind !== RBRACE) {
    const attrs = parseAttrs(p);
    if (tapes !== undefined && p.kind === AT) {
      tapes.push(parseTape(p));
      continue;
    }
    fields.push(parseField(p, attrs));
    if (!p.accept(COMMA) && !p.accept(SEMI)) break;
  }
  p.expect(RBRACE, "after fields");
  return fields;
}

function parseStruct(p: Parser, pos: number, pub: boolean, attrs: Attr[]): Decl {
  const isUnion = p.kind === UNION;
  p.next();
  const nameAt = p.pos;
  const name = p.name("a struct name");
  if (p.kind === K("<"))
    p.fail(
      "T0212",
      "there are no generic types",
      "write `@tape fn make(T: type) { @emit struct ... }`",
    );
  const tapes: TapeBlock[] = [];
  const fields = parseFields(p, tapes);
  return { kind: "Struct", name, nameAt, pub, attrs, isUnion, fields, tapes, pos, end: p.last };
}

function parseEnum(p: Parser, pos: number, pub: boolean, attrs: Attr[]): Decl {
  p.next();
  const nameAt = p.pos;
  const name = p.name("an enum name");
  const backing = p.accept(COLON) ? parseType(p) : undefined;
  p.expect(LBRACE, "before the members of an enum");
  const members: EnumMember[] = [];
  while (p.kind !== RBRACE) {
    const at = p.pos;
    const member = p.name("a member name");
    const value = p.accept(ASSIGN) ? parseExpr(p) : undefined;
    const desc = p.accept(COLON) ? plainString(p, "after `:`") : undefined;
    members.push({ name: member, value, desc, pos: at });
    if (!p.accept(COMMA) && !p.accept(SEMI)) break;
  }
  p.expect(RBRACE, "after the members of an enum");
  return { kind: "Enum", name, nameAt, pub, attrs, backing, members, pos, end: p.last };
}

function parseTagged(p: Parser, pos: number, pub: boolean, attrs: Attr[]): Decl {
  p.next();
  const nameAt = p.pos;
  const name = p.name("a name after `tagged`");
  p.expect(LBRACE, "before the variants");
  const variants: Variant[] = [];
  while (p.kind !== RBRACE) {
    const own = parseAttrs(p);
    const at = p.pos;
    const variant = p.name("a variant name");
    let fields: Field[] = [];
    if (p.kind === LBRACE) {
      fields = parseFields(p, undefined);
      if (!p.accept(COMMA)) p.accept(SEMI);
    } else if (!p.accept(COMMA) && !p.accept(SEMI) && p.kind !== RBRACE) {
      p.expect(SEMI, "after a variant without fields");
    }
    variants.push({ name: variant, fields, pos: at, attrs: own });
  }
  p.expect(RBRACE, "after the variants");
  return { kind: "Tagged", name, nameAt, pub, attrs, variants, pos, end: p.last };
}

function parseTest(p: Parser, pos: number, attrs: Attr[]): Decl {
  p.next();
  const nameAt = p.pos;
  const name = plainString(p, "with the name of the test");
  const rows: Expr[][] = [];
  const names: string[] = [];
  if (p.isWord("with")) {
    p.next();
    do {
      if (p.kind !== LBRACKET)
        p.fail("T0201", `expected \`[\` before a row, found ${p.describe()}`);
      const row = parsePostfix(p);
      rows.push(row.kind === "ArrayLit" ? row.items : [row]);
    } while (p.accept(COMMA));
    p.expect(AS, "after the rows of a test");
    p.expect(LPAREN, "before the names of a row");
    do names.push(p.name("a name"));
    while (p.accept(COMMA));
    p.expect(RPAREN, "after the names of a row");
  }
  const body = parseBlock(p);
  return {
    kind: "Test",
    what: "test",
    name,
    nameAt,
    pub: false,
    attrs,
    body,
    rows,
    names,
    pos,
    end: p.last,
  };
}

function parseRefactor(p: Parser, pos: number, attrs: Attr[]): Decl {
  const nameAt = p.pos;
  p.next();
  p.expect(LPAREN, "after `refactor`");
  const path = plainString(p, "with the path of the new file");
  p.expect(RPAREN, "after the path");
  p.expect(LBRACE, "before the declarations");
  const decls: Decl[] = [];
  while (p.kind !== RBRACE && p.kind !== T.EOF) decls.push(parseDecl(p));
  p.expect(RBRACE, "after the declarations");
  return {
    kind: "Refactor",
    name: "refactor",
    nameAt,
    pub: false,
    attrs,
    path,
    decls,
    pos,
    end: p.last,
  };
}

export { STRUCT, ENUM, TAGGED, TYPE, ATTR };
