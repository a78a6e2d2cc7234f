/**
 * Types: `?T`, `*T`, `*const T`, `*!T`, `[N]T`, `[]T`, `[]const T`, `secret T`, `fn(A) -> R`, `a.B`, `(T)`.
 */
import type { RetNode, TypeNode } from "./ast.ts";
import { parseExpr } from "./expr.ts";
import type { Parser } from "./parser.ts";
import * as T from "../scan/token.ts";

const QUESTION = T.kindOf("?");
const STAR = T.kindOf("*");
const BANG = T.kindOf("!");
const CONST = T.kindOf("const");
const OPEN = T.kindOf("[");
const CLOSE = T.kindOf("]");
const FN = T.kindOf("fn");
const LPAREN = T.kindOf("(");
const RPAREN = T.kindOf(")");
const COMMA = T.kindOf(",");
const ARROW = T.kindOf("->");
const OR = T.kindOf("or");
const DOT = T.kindOf(".");
const TYPE = T.kindOf("type");

export function parseType(p: Parser): TypeNode {
  return p.nested(typeBody);
}

function typeBody(p: Parser): TypeNode {
  const pos = p.pos;
  if (p.accept(QUESTION)) {
    const elem = parseType(p);
    return { kind: "TOpt", elem, pos, end: p.last };
  }
  if (p.accept(STAR)) {
    let isConst = false;
    let nonNull = false;
    for (;;) {
      if (p.accept(CONST)) isConst = true;
      else if (p.accept(BANG)) nonNull = true;
      else break;
    }
    const elem = parseType(p);
    return { kind: "TPtr", isConst, nonNull, elem, pos, end: p.last };
  }
  if (p.accept(OPEN)) {
    if (p.accept(CLOSE)) {
      const isConst = p.accept(CONST);
      const elem = parseType(p);
      return { kind: "TSlice", isConst, elem, pos, end: p.last };
    }
    const len = parseExpr(p);
    p.expect(CLOSE, "after the length of an array type");
    const elem = parseType(p);
    return { kind: "TArray", len, elem, pos, end: p.last };
  }
  if (p.accept(FN)) {
    p.expect(LPAREN, "after `fn` in a type");
    const params: TypeNode[] = [];
    while (p.kind !== RPAREN) {
      params.push(parseType(p));
      if (!p.accept(COMMA)) break;
    }
    p.expect(RPAREN, "after the parameters of a function type");
    const ret = parseRet(p);
    return { kind: "TFn", params, ret, pos, end: p.last };
  }
  if (p.accept(LPAREN)) {
    const inner = parseType(p);
    p.expect(RPAREN, "after a type");
    return inner;
  }
  if (p.accept(TYPE)) return { kind: "TName", path: ["type"], pos, end: p.last };
  if (p.isWord("secret") && startsType(p, 1)) {
    p.next();
    const elem = parseType(p);
    return { kind: "TSecret", elem, pos, end: p.last };
  }
  const path = [p.name("a type")];
  while (p.kind === DOT) {
    p.next();
    path.push(p.name("a type name after `.`"));
  }
  return { kind: "TName", path, pos, end: p.last };
}

function startsType(p: Parser, ahead: number): boolean {
  const k = p.peek(ahead);
  return k === T.NAME || k === OPEN || k === STAR || k === QUESTION || k === FN || k === LPAREN;
}

/** `-> T` or `-> T or E`; undefined where there is no arrow. */
export function parseRet(p: Parser): RetNode | undefined {
  if (!p.accept(ARROW)) return undefined;
  const type = parseType(p);
  const err = p.accept(OR) ? parseType(p) : undefined;
  return { type, err };
}
