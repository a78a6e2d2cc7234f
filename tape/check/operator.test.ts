/** Every row of the operator table: binding, result, trap; on both runtimes. */
import test from "ava";
import { lines } from "../testing/run.ts";

const show = (e: string): string => `io.println("{${e}}");`;

test("precedence, level by level", (t) => {
  const rows: [string, string][] = [
    ["2 + 3 * 4", "14"],
    ["(2 + 3) * 4", "20"],
    ["1 << 2 + 1", "8"],
    ["6 & 3 == 2", "true"],
    ["1 | 6 ^ 3 & 2", "5"],
    ["1 < 2 && 2 < 3 || false", "true"],
    ["false && true || true", "true"],
    ["-2 as u8 as i64", "254"],
    ["10 - 3 - 2", "5"],
    ["100 / 10 / 5", "2"],
    ["7 % 4 * 2", "6"],
    ["!true == false", "true"],
    ["~0 + 1", "0"],
    ["1 + 2 as f64 as i64", "3"],
    ["2 * 3 +% 1", "7"],
    ["0x10 | 0b11 | 0o7", "23"],
    ["1_000 - 1", "999"],
    ["-7 / 2", "-3"],
    ["-7 % 2", "-1"],
    ["-7 >> 1", "-4"],
    ["(-1 as u64) >> 60", "15"],
  ];
  t.deepEqual(
    lines(rows.map(([e]) => show(e)).join("\n")),
    rows.map(([, v]) => v),
  );
});

test("`x!=y` compares, `x!.f` unwraps, casts end before `or`", (t) => {
  const decl =
    "struct P { f: i64 }\nenum E { Bad }\nfn g(k: i64) -> i64 or E { if (k > 1) { return E.Bad; } return k; }\nfn twice(x: i64) -> i64 { return x * 2; }";
  const body = `let x = 1; let y = 2; io.println(x!=y);
    let p: ?P = P { f: 7 }; io.println(p!.f);
    io.println((g(1) or 9) as u8); io.println(g(5) or 9);
    io.println(3 |> twice() |> twice()); io.println(4 |> g() or 0);`;
  t.deepEqual(lines(body, decl), ["true", "7", "1", "9", "12", "0"]);
});

const widths = [
  ["i8", 8, true],
  ["u8", 8, false],
  ["i16", 16, true],
  ["u16", 16, false],
  ["i32", 32, true],
  ["u32", 32, false],
  ["i64", 64, true],
  ["u64", 64, false],
] as const;

function bounds(bits: number, signed: boolean): [bigint, bigint] {
  return signed
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
}

for (const [name, bits, signed] of widths) {
  const [low, high] = bounds(bits, signed);
  const values = [
    low,
    low + 1n,
    0n,
    1n,
    2n,
    3n,
    7n,
    high / 2n,
    high - 1n,
    high,
    ...(signed ? [-1n, -2n, -7n] : []),
  ];
  const wrap = (v: bigint): bigint => (signed ? BigInt.asIntN(bits, v) : BigInt.asUintN(bits, v));
  const clamp = (v: bigint): bigint => (v < low ? low : v > high ? high : v);
  const over = (v: bigint): string => (v < low || v > high ? "trap integer overflow" : String(v));
  const shift = (b: bigint): bigint => b & BigInt(bits - 1);
  const meaning: Record<string, (a: bigint, b: bigint) => string> = {
    "+": (a, b) => over(a + b),
    "-": (a, b) => over(a - b),
    "*": (a, b) => over(a * b),
    "+%": (a, b) => String(wrap(a + b)),
    "-%": (a, b) => String(wrap(a - b)),
    "*%": (a, b) => String(wrap(a * b)),
    "+|": (a, b) => String(clamp(a + b)),
    "-|": (a, b) => String(clamp(a - b)),
    "/": (a, b) => (b === 0n ? "trap division by zero" : over(a / b)),
    "%": (a, b) => (b === 0n ? "trap division by zero" : String(a % b)),
    "&": (a, b) => String(a & b),
    "|": (a, b) => String(a | b),
    "^": (a, b) => String(a ^ b),
    "<<": (a, b) => String(wrap(a << shift(b))),
    ">>": (a, b) => String(a >> shift(b)),
    "==": (a, b) => String(a === b),
    "!=": (a, b) => String(a !== b),
    "<": (a, b) => String(a < b),
    "<=": (a, b) => String(a <= b),
    ">": (a, b) => String(a > b),
    ">=": (a, b) => String(a >= b),
  };
  test(`${name}: every operator on its edge values`, (t) => {
    const trapping = new Set(["+", "-", "*", "/", "%"]);
    const fine: string[] = [];
    const want: string[] = [];
    const traps: { code: string; want: string }[] = [];
    const decl: string[] = [];
    for (const [op, f] of Object.entries(meaning)) {
      const id = `op${decl.length}`;
      const ret = /^[=!<>]=?$/.test(op) && op !== "<<" && op !== ">>" ? "bool" : name;
      decl.push(`fn ${id}(a: ${name}, b: ${name}) -> ${ret} { return a ${op} b; }`);
      for (const a of values) {
        for (const b of values) {
          const r = f(a, b);
          if (r.startsWith("trap")) {
            if (trapping.has(op) && traps.length < 60)
              traps.push({ code: `${id}(${a}, ${b})`, want: r });
            continue;
          }
          fine.push(show(`${id}(${a}, ${b})`));
          want.push(r);
        }
      }
    }
    t.deepEqual(lines(fine.join("\n"), decl.join("\n")), want);
    for (const x of traps.filter((_, i) => i % 9 === 0))
      t.deepEqual(lines(show(x.code), decl.join("\n")), [x.want], x.code);
  });
}

test("floats follow WebAssembly", (t) => {
  const decl =
    'import math from "math";\nfn nan() -> f64 { return math.from_bits(0x7FF8000000000000); }';
  const rows: [string, string][] = [
    ["0.1 + 0.2", "0.30000000000000004"],
    ["1.0 / 0.0", "inf"],
    ["-1.0 / 0.0", "-inf"],
    ["nan() == nan()", "false"],
    ["nan() != nan()", "true"],
    ["nan() < 1.0", "false"],
    ["math.round(0.5)", "0"],
    ["math.round(1.5)", "2"],
    ["math.round(-2.5)", "-2"],
    ["math.copysign(3.0, -0.0)", "-3"],
    ["math.fmin(0.0, -0.0)", "-0"],
    ["math.fmax(nan(), 1.0)", "nan"],
    ["math.trunc_sat(1e30)", "9223372036854775807"],
    ["math.trunc_sat(nan())", "0"],
    ["9007199254740993 as f64", "9007199254740992"],
    ["16777217 as f32", "16777216"],
    ["(0.1 as f32)", "0.1"],
    ["1e21", "1e+21"],
    ["5e-324", "5e-324"],
    ["math.bits(nan())", "9221120237041090560"],
    ["0x1.8p3", "12"],
    ["-2.9 as i64", "-2"],
    ["255.9 as u8", "255"],
  ];
  t.deepEqual(
    lines(rows.map(([e]) => show(e)).join("\n"), decl),
    rows.map(([, v]) => v),
  );
  for (const e of ["nan() as i64", "1e19 as i64", "-1.0 as u32", "1e10 as i32"]) {
    t.deepEqual(lines(show(e), decl), ["trap number out of range"], e);
  }
});

test("strings: six forms, joining and comparing", (t) => {
  const body = String.raw`
    io.println("a\tb\x41\u{e9}\{\}");
    io.println("""two
lines "quoted" {1 + 1}""");
    io.println(r"""raw \n {x}""");
    io.println("nested {"inner {1}"}");
    io.println("ab" + "cd" == "abcd"); io.println("b" > "abc"); io.println("" < "a");
    let s = "héllo"; io.println(s.len); io.println("{s[1..3]}"); io.println(s[0]);`;
  t.deepEqual(lines(body), [
    "a\tbAé{}",
    "two",
    'lines "quoted" 2',
    "raw \\n {x}",
    "nested inner 1",
    "true",
    "true",
    "true",
    "6",
    "é",
    "104",
  ]);
});

test("named arguments in any order, defaults, nested comments", (t) => {
  const decl =
    '/* a /* b */ c */ fn f(a: i64, b: bool = false, c: string = "x") -> string { return "{a} {b} {c}"; }';
  t.deepEqual(
    lines(
      'io.println(f(1)); io.println(f(1, c: "y")); io.println(f(c: "z", b: true, a: 2));',
      decl,
    ),
    ["1 false x", "1 false y", "2 true z"],
  );
});
