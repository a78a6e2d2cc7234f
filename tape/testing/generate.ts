/**
 * Random programs that type-check, for differential tests: seeded, small, and always ending.
 *
 * A program is a list of chunks; the shrinker drops chunks while the difference stays. Every value that is
 * computed ends in printed text, so a wrong bit shows.
 */

/** A seeded stream of numbers (xorshift32). */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) << 1) | 1;
  }
  next(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % n;
  }
  pick<V>(list: readonly V[]): V {
    return list[this.next(list.length)];
  }
}

const ints = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"] as const;
const types = [...ints, "f64", "f32", "bool", "string"] as const;
type Ty = (typeof types)[number];

function edge(r: Random, t: Ty): string {
  const bits = Number(/\d+/.exec(t)?.[0] ?? 0);
  if (t === "bool") return r.pick(["true", "false"]);
  if (t === "string") return r.pick(['""', '"a"', '"héé"', '"xyz\\n"']);
  if (t === "f64" || t === "f32")
    return r.pick(["0.0", "-0.0", "1.5", "-2.25", "1e10", "3.0", "0.1"]);
  const signed = t.startsWith("i");
  const high = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const low = signed ? -high - 1n : 0n;
  return String(r.pick([0n, 1n, 2n, 3n, 7n, 100n, high, high - 1n, low, low + 1n, high / 3n]));
}

/** Functions of bits, for the types that have them. */
function bitwise(r: Random, t: Ty, sub: (u: Ty) => string): string {
  switch (t) {
    case "i64":
      return r.pick([
        () => `math.${r.pick(["clz", "ctz", "popcount"])}(${sub("u64")})`,
        () => `math.trunc_sat(${sub("f64")})`,
        () => `apply(${r.pick(["twice", "less"])}, ${sub("i64")})`,
      ])();
    case "u64":
      return r.pick([
        () => `math.rotl(${sub("u64")}, ${sub("i32")})`,
        () => `math.mulhi(${sub("u64")}, ${sub("u64")})`,
        () => `math.bits(${sub("f64")})`,
      ])();
    case "u32":
      return `math.rotl32(${sub("u32")}, ${sub("i32")})`;
    default:
      return `(${sub(t)} -% ${sub(t)})`;
  }
}

/** One program. */
export class Generator {
  readonly r: Random;
  readonly vars: { name: string; ty: Ty; mutable: boolean }[] = [];
  names = 0;
  /** How likely trapping operators are, out of 10. */
  readonly risk: number;

  constructor(seed: number) {
    this.r = new Random(seed);
    this.risk = this.r.next(4);
  }

  value(t: Ty, depth: number): string {
    const { r } = this;
    if (depth <= 0 || r.next(5) === 0) {
      const known = this.vars.filter((v) => v.ty === t);
      return known.length > 0 && r.next(3) > 0
        ? r.pick(known).name
        : `(${edge(r, t)} as ${t})`.replace(/\((.*) as (string|bool|f64)\)/, "$1");
    }
    const sub = (u: Ty): string => this.value(u, depth - 1);
    if (t === "bool") return this.bool(depth);
    if (t === "string")
      return r.pick([
        () => `(${sub("string")} + ${sub("string")})`,
        () => `"${"{"}${sub(r.pick(types))}${"}"}"`,
        () => `pick(${sub("bool")}, ${sub("string")}, ${sub("string")})`,
      ])();
    if (t === "f64")
      return r.pick([
        () => `(${sub("f64")} ${r.pick(["+", "-", "*", "/"])} ${sub("f64")})`,
        () => `(${sub(r.pick(ints))} as f64)`,
        () => `math.sqrt(${sub("f64")})`,
        () => `(${sub("f32")} as f64)`,
        () => `math.round(${sub("f64")})`,
        () => `math.${r.pick(["fabs", "floor", "ceil", "trunc"])}(${sub("f64")})`,
        () => `math.${r.pick(["fmin", "fmax", "copysign"])}(${sub("f64")}, ${sub("f64")})`,
        () => `pick_f64(${sub("bool")}, ${sub("f64")}, ${sub("f64")})`,
        () => `smalls[(${sub("i64")} & 3)].h`,
        () => `(-${sub("f64")})`,
      ])();
    if (t === "f32")
      return r.pick([
        () => `(${sub("f32")} ${r.pick(["+", "-", "*", "/"])} ${sub("f32")})`,
        () => `(${sub(r.pick(ints))} as f32)`,
        () => `(${sub("f64")} as f32)`,
        () => `(-${sub("f32")})`,
        () => `pick_f32(${sub("bool")}, ${sub("f32")}, ${sub("f32")})`,
        () => `smalls[(${sub("i64")} & 3)].g`,
      ])();
    return this.int(t, depth);
  }

  int(t: Ty, depth: number): string {
    const { r } = this;
    const sub = (u: Ty): string => this.value(u, depth - 1);
    const safe = ["+%", "-%", "*%", "&", "|", "^", "+|", "-|", "<<", ">>"];
    const op = r.next(10) < this.risk ? r.pick(["+", "-", "*", "/", "%"]) : r.pick(safe);
    switch (r.next(11)) {
      case 8:
        return `smalls[(${sub("i64")} & 3)].${t}_`;
      case 9:
        return bitwise(r, t, sub);
      case 10:
        return `pick_${t}(${sub("bool")}, ${sub(t)}, ${sub(t)})`;
      case 0:
        return `(${sub(r.pick(ints))} as ${t})`;
      case 1:
        return `(~${sub(t)})`;
      case 2:
        return r.next(10) < this.risk
          ? `(${sub(r.pick(["f64", "f32"]))} as ${t})`
          : `(${sub("bool")} as ${t})`;
      case 3:
        return `select(${sub("bool")}, ${sub(t)}, ${sub(t)})`;
      case 4:
        return t === "i64"
          ? `items[(${sub("i64")} & ${r.next(10) < this.risk ? 15 : 7})]`
          : `(${sub(t)} ${op} ${sub(t)})`;
      case 5:
        return t === "i64"
          ? r.next(10) < this.risk
            ? `maybe(${sub("i64")})!`
            : `(maybe(${sub("i64")}) or ${sub("i64")})`
          : `(${sub(t)} ${op} ${sub(t)})`;
      default:
        return `(${sub(t)} ${op} ${sub(t)})`;
    }
  }

  bool(depth: number): string {
    const { r } = this;
    const t = r.pick(types.filter((x) => x !== "bool"));
    const sub = (u: Ty): string => this.value(u, depth - 1);
    switch (r.next(5)) {
      case 0:
        return `(${sub("bool")} ${r.pick(["&&", "||"])} ${sub("bool")})`;
      case 1:
        return `(!${sub("bool")})`;
      case 2:
        return `(${sub("i32")} ${r.pick(["==", "!=", "<", "<=", ">", ">="])} ${r.next(9)})`;
      default:
        return `(${sub(t)} ${r.pick(["==", "!=", "<", "<=", ">", ">="])} ${sub(t)})`;
    }
  }

  fresh(): string {
    return `v${this.names++}`;
  }

  stmt(depth: number): string {
    const { r } = this;
    const t = r.pick(types);
    switch (r.next(depth > 0 ? 12 : 5)) {
      case 0:
      case 1: {
        const name = this.fresh();
        const init = this.value(t, 3);
        this.vars.push({ name, ty: t, mutable: true });
        return `var ${name}: ${t} = ${init};`;
      }
      case 2: {
        const known = this.vars.filter((v) => v.mutable);
        if (known.length === 0) return `io.println(${this.value(t, 3)});`;
        const v = r.pick(known);
        return `${v.name} = ${this.value(v.ty, 3)};`;
      }
      case 3:
        return `io.println(${this.value(t, 3)});`;
      case 4: {
        if (r.next(2) === 0) return `items[${r.next(8)}] = ${this.value("i64", 2)};`;
        const f = r.pick([...ints, "g", "h"] as const);
        const ty: Ty = f === "g" ? "f32" : f === "h" ? "f64" : f;
        const name = ty === f ? `${f}_` : f;
        return `smalls[${r.next(4)}].${name} = ${this.value(ty, 2)};`;
      }
      case 5:
        return `if (${this.value("bool", 2)}) { ${this.block(depth - 1)} } else { ${this.block(depth - 1)} }`;
      case 6: {
        const name = this.fresh();
        const n = this.vars.length;
        this.vars.push({ name, ty: "i64", mutable: false });
        const body = this.block(depth - 1);
        this.vars.length = n;
        return `for (${name} in 0..${r.next(4)}) { ${body} ${r.pick(["", "if (items[0] > 5) { break; }", "if (items[1] == 0) { continue; }"])} }`;
      }
      case 7:
        return `match (shape(${this.value("i64", 2)})) { Shape.Dot { x } => { io.println(x); ${this.block(0)} } Shape.Line { a; b } => { io.println("{a}-{b}"); } Shape.None => { ${this.block(0)} } }`;
      case 8: {
        const a = this.fresh();
        const b = this.fresh();
        const [x, y, z, w] = [0, 1, 2, 3].map(() => this.value("string", 2));
        return `{ var ${a} = Rec { s: ${x}, t: [${y}, "k"], o: word(${this.value("i64", 1)}) }; let ${b} = ${a}; ${a}.s = ${z}; ${a}.t[${r.next(2)}] = ${b}.s; ${a}.o = ${r.pick(["null", `${b}.s`, `${b}.o`])}; io.println("{${a}.s} {${b}.t[1]} {${a}.o} {${a}.t[0]}"); ${a} = ${b}; ${r.pick([`${a}.s = ${a}.s + ${w};`, ""])} io.println(${a}.s + ${b}.t[0]); }`;
      }
      case 9: {
        const name = this.fresh();
        return `{ let ${name} = may(${this.value("i64", 2)}) or { ${r.pick(['io.println("{err}"); ', ""])}${this.value("string", 1)} }; io.println(${name} + (may(${this.value("i64", 1)}) or ${this.value("string", 1)})); }`;
      }
      case 10: {
        const name = this.fresh();
        const n = this.vars.length;
        this.vars.push({ name, ty: "string", mutable: false });
        const body = this.block(depth - 1);
        this.vars.length = n;
        return `for (${name} in [${this.value("string", 1)}, ${this.value("string", 2)}]) { ${r.pick(["", `if (${name}.len > 2) { continue; }`, `if (${name} == "a") { break; }`])} ${body} }`;
      }
      default:
        return `{ defer io.println(${this.value(r.pick(types), 1)}); ${this.block(depth - 1)} }`;
    }
  }

  block(depth: number): string {
    const n = this.vars.length;
    const out: string[] = [];
    for (let i = this.r.next(3); i >= 0; i--) out.push(this.stmt(depth));
    this.vars.length = n;
    return out.join(" ");
  }

  /** Top-level statements, each able to stand or fall alone as far as names allow. */
  chunks(): string[] {
    const out: string[] = [];
    for (let i = 3 + this.r.next(6); i > 0; i--) out.push(this.stmt(2));
    if (this.r.next(20) === 0) out.push(`if (${this.bool(1)}) { @trap("a trap of its own"); }`);
    return out;
  }
}

/** A whole program around statements. */
export function wholeProgram(chunks: readonly string[]): string {
  return `@profile(t1);
import io from "io";
import math from "math";
import mem from "mem";
enum Problem { Odd; Big }
struct Rec { s: string; t: [2]string; o: ?string }
fn may(n: i64) -> string or Problem { if (n & 1 == 1) { return Problem.Odd; } let s = "m{n & 7}"; errdefer { let t = s + "!"; } if (n > 1000) { return Problem.Big; } return s; }
fn word(n: i64) -> ?string { if (n & 3 == 0) { return null; } return "w{n & 3}"; }
tagged Shape { Dot { x: i64 } Line { a: f64; b: string } None; }
struct Small { ${ints.map((t) => `${t}_: ${t}`).join("; ")}; g: f32; h: f64 }
var smalls: [4]Small;
${ints.map((t) => `fn pick_${t}(c: bool, a: ${t}, b: ${t}) -> ${t} { if (c && a <= b) { return a; } return b; }`).join("\n")}
fn pick_f32(c: bool, a: f32, b: f32) -> f32 { return select(c, a, b); }
fn pick_f64(c: bool, a: f64, b: f64) -> f64 { return select(c, a, b); }
fn twice(n: i64) -> i64 { return n +% n; }
fn less(n: i64) -> i64 { if (n < 0) { return 0; } return n - 1; }
fn apply(f: fn(i64) -> i64, n: i64) -> i64 { return f(n); }
var items: [8]i64 = [3, 1, 4, 1, 5, 9, 2, 6];
fn maybe(n: i64) -> ?i64 { if (n & 1 == 0) { return null; } return n; }
fn pick(c: bool, a: string, b: string) -> string { if (c) { return a; } return b; }
fn shape(n: i64) -> Shape {
    match (n & 3) { 0 => { return Shape.Dot { x: n }; } 1 => { return Shape.Line { a: 0.5, b: "l{n}" }; } _ => { return Shape.None; } }
}
fn work() {
    ${chunks.join("\n    ")}
}
fn main() {
    work();
    let before = mem.in_use();
    work();
    if (mem.in_use() != before) { io.println("LEAK {mem.in_use() - before}"); }
}
`;
}
