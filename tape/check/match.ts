/**
 * `match`: patterns against enums, tagged unions, integers, strings, bools and dynamic values; exhaustive.
 */
import { used } from "./uses.ts";
import type { Match, Pattern } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { isTarget } from "./cast.ts";
import { evalConst } from "./constant.ts";
import { checkAs } from "./convert.ts";
import { checkExpr } from "./expr.ts";
import { complete } from "./resolve.ts";
import { checkBlock } from "./stmt.ts";
import { nearest } from "./suggest.ts";
import { newVar } from "./symbol.ts";
import { BOOL, DYN, ERROR, holdsRef, STRING, type Type } from "./type.ts";
import { regionOf } from "./region.ts";

/** What the arms so far cover. */
interface Seen {
  any: boolean;
  readonly keys: Set<string>;
}

export function checkMatch(c: Checker, s: Match): void {
  s.e = checkExpr(c, s.e);
  const t = s.e.ty as Type;
  complete(c, t);
  if (t.kind === "secret")
    c.error("T0703", s.e, "a secret cannot decide a branch", "use `select(c, a, b)`");
  const seen: Seen = { any: false, keys: new Set() };
  for (const arm of s.arms) {
    c.push();
    for (const p of arm.patterns) {
      if (seen.any)
        c.error(
          "T0517",
          p,
          "this arm is never reached, because `_` comes before it",
          "put `_` last",
        );
      checkPattern(c, s, p, t, seen, arm.patterns.length > 1);
    }
    checkBlock(c, arm.body, false);
    c.pop();
  }
  exhaustive(c, s, t, seen);
}

function exhaustive(c: Checker, s: Match, t: Type, seen: Seen): void {
  if (seen.any || t === ERROR || t.kind === "secret") return;
  let missing: string[];
  if (t.kind === "enum")
    missing = (t.members ?? [])
      .filter((m) => !seen.keys.has(String(m.value)))
      .map((m) => `${t}.${m.name}`);
  else if (t.kind === "tagged")
    missing = (t.variants ?? []).filter((v) => !seen.keys.has(v.name)).map((v) => `${t}.${v.name}`);
  else if (t === BOOL) missing = ["true", "false"].filter((k) => !seen.keys.has(k));
  else missing = ["_"];
  if (missing.length === 0) return;
  const list = missing
    .slice(0, 5)
    .map((m) => `\`${m}\``)
    .join(", ");
  c.error(
    "T0518",
    { pos: s.pos, end: s.e.end + 1 },
    `this \`match\` leaves out ${list}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""}`,
    "add the missing arms, or `_ => { ... }`",
  );
}

function once(c: Checker, p: Pattern, seen: Seen, key: string): void {
  if (seen.keys.has(key)) c.error("T0517", p, "an arm before this one covers the same value");
  seen.keys.add(key);
}

function checkPattern(
  c: Checker,
  s: Match,
  p: Pattern,
  t: Type,
  seen: Seen,
  several: boolean,
): void {
  p.ty = t;
  if (p.what === "any") {
    seen.any = true;
    return;
  }
  if (p.what === "type") {
    if (t !== DYN && t !== ERROR)
      c.error("T0519", p, `\`is\` patterns go with dynamic values, not with a \`${t}\``);
    const want = p.type === undefined ? ERROR : isTarget(c, p.type);
    p.ty = want;
    const bind = p.binds?.[0];
    if (bind !== undefined) {
      const scalar =
        want.kind === "int" || want.kind === "float" || want === BOOL || want === STRING;
      p.bound = newVar(bind.as, scalar ? want : DYN, "bind", c.source, bind.pos);
      c.declare(p.bound);
    }
    return;
  }
  if (p.what === "literal" || p.path === undefined) {
    checkLiteral(c, p, t, seen);
    return;
  }
  if (t.kind === "tagged" && (p.binds !== undefined || isVariantPath(p, t))) {
    checkVariant(c, s, p, t, seen, several);
    return;
  }
  if (p.binds !== undefined) {
    if (t !== ERROR) c.error("T0519", p, `a \`${t}\` has no variants to take apart`);
    return;
  }
  if (t.kind === "enum" && p.path.kind === "Name") {
    const m = (t.members ?? []).find((x) => x.name === (p.path as { name: string }).name);
    if (m !== undefined) {
      p.value = m.value;
      once(c, p, seen, String(m.value));
      return;
    }
  }
  p.literal = p.path;
  checkLiteral(c, p, t, seen);
}

function isVariantPath(p: Pattern, t: Type): boolean {
  const path = p.path;
  return path?.kind === "Member"
    ? path.obj.kind === "Name" || path.obj.kind === "Member"
    : (t.variants ?? []).some((v) => path?.kind === "Name" && v.name === path.name);
}

function checkVariant(
  c: Checker,
  s: Match,
  p: Pattern,
  t: Type,
  seen: Seen,
  several: boolean,
): void {
  const path = p.path;
  const name = path?.kind === "Member" || path?.kind === "Name" ? path.name : "";
  const index = (t.variants ?? []).findIndex((v) => v.name === name);
  if (index < 0) {
    c.error(
      "T0306",
      p,
      `\`${t}\` has no variant \`${name}\``,
      nearest(
        name,
        (t.variants ?? []).map((v) => v.name),
      ),
    );
    return;
  }
  p.variant = index;
  if (path?.kind === "Member" && path.obj.kind === "Name") used(c, t, path.obj.pos);
  once(c, p, seen, name);
  const fields = t.variants?.[index].fields ?? [];
  const named = new Set<string>();
  for (const b of p.binds ?? []) {
    const at = { pos: b.pos, end: b.pos + b.name.length };
    const i = fields.findIndex((f) => f.name === b.name);
    if (i < 0) {
      c.error(
        "T0306",
        at,
        `\`${t}.${name}\` has no field \`${b.name}\``,
        nearest(
          b.name,
          fields.map((f) => f.name),
        ),
      );
      continue;
    }
    named.add(b.name);
    if (several)
      c.error("T0519", at, "an arm with several patterns binds no fields", "write `{ .. }`");
    b.index = i;
    used(c, fields[i], b.pos);
    b.sym = newVar(b.as, fields[i].ty, "bind", c.source, b.pos);
    if (holdsRef(fields[i].ty)) b.sym.region = regionOf(s.e);
    c.declare(b.sym);
  }
  const left = fields.filter((f) => !named.has(f.name));
  if (left.length > 0 && p.rest !== true) {
    c.error(
      "T0519",
      p,
      `this pattern leaves out ${left.map((f) => `\`${f.name}\``).join(", ")}`,
      "name every field, or end with `..`",
    );
  }
}

function checkLiteral(c: Checker, p: Pattern, t: Type, seen: Seen): void {
  if (p.literal === undefined) return;
  if (
    t.kind !== "int" &&
    t.kind !== "enum" &&
    t !== STRING &&
    t !== BOOL &&
    t !== DYN &&
    t !== ERROR
  ) {
    c.error(
      "T0519",
      p,
      `a \`${t}\` cannot be matched against values`,
      t.kind === "float" ? "compare floats with `if`" : undefined,
    );
    return;
  }
  p.literal = checkAs(c, p.literal, t);
  if (t === DYN) return;
  const v = evalConst(c, p.literal);
  if (v === undefined) {
    if (p.literal.ty !== ERROR) c.error("T0407", p, "a pattern is a constant");
    return;
  }
  if (p.hi === undefined) {
    once(c, p, seen, typeof v === "string" ? `"${v}"` : String(v));
    return;
  }
  p.hi = checkAs(c, p.hi, t);
  const hi = evalConst(c, p.hi);
  if (t.kind !== "int" || typeof hi !== "bigint" || typeof v !== "bigint") {
    if (p.hi.ty !== ERROR)
      c.error("T0519", p, "a range in a pattern goes from one constant integer to another");
  } else if (hi < v) c.error("T0519", p, "this range is empty");
}
