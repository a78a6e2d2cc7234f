/** Floats to text and back in Tape against the host's own, for values of every size and for the hard ones. */
import test from "ava";
import { formatF32, formatF64, formatHosts } from "../interp/format.ts";
import { NativeProgram } from "../runner/program.ts";
import { compileText } from "../testing/run.ts";

/** Numbers below 2 ^ 32 from a seed. */
function random(seed: number): () => number {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    let v = s;
    v = Math.imul(v ^ (v >>> 16), 0x45d9f3b);
    return (v ^ (v >>> 15)) >>> 0;
  };
}

const word = new DataView(new ArrayBuffer(8));
const f64 = (hi: number, lo: number): number => {
  word.setUint32(0, hi);
  word.setUint32(4, lo);
  return word.getFloat64(0);
};
const f32 = (bits: number): number => {
  word.setUint32(0, bits);
  return word.getFloat32(0);
};

/** Powers of two and ten with what lies next to them, ends of ranges, short decimals, whole numbers, any bits. */
function doubles(count: number): number[] {
  const out = [
    0,
    -0,
    Infinity,
    -Infinity,
    Number.NaN,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
  ];
  for (let e = -1074; e < 1024; e += 7) out.push(2 ** e, -(2 ** e) * (1 + 2 ** -52));
  for (let e = -323; e < 309; e += 3) out.push(Number(`1e${e}`), Number(`9.5e${e}`));
  const next = random(1);
  while (out.length < count) {
    out.push(f64(next(), next()), (next() % 100000) / 1000, next() * 2 ** (next() % 40));
    out.push(Number(`${next() % 1000}e${(next() % 60) - 30}`));
  }
  return out;
}

const text = `@profile(t0);
import decimal from "decimal";
extern("test.next") fn next() -> f64;
extern("test.next32") fn next32() -> f32;
extern("test.show") fn show(p: *u8, n: i64);
extern("test.text") fn text(p: *u8) -> i64;
extern("test.value") fn value(v: f64, ok: i64);
pub fn texts(n: i64) {
    var buffer: [40]u8;
    for (i in 0..n) { show(&buffer[0], decimal.f64_text(next(), &buffer[0])); }
}
pub fn texts32(n: i64) {
    var buffer: [40]u8;
    for (i in 0..n) { show(&buffer[0], decimal.f32_text(next32(), &buffer[0])); }
}
pub fn values(n: i64) {
    var buffer: [2000]u8;
    var ok: [1]u8;
    for (i in 0..n) {
        let len = text(&buffer[0]);
        let v = decimal.parse(&buffer[0], len, &ok[0]);
        value(v, ok[0] as i64);
    }
}
`;
const code = compileText(text, { main: false, exports: true });

function run<T extends number | string>(
  name: string,
  list: readonly T[],
): { shown: string[]; values: [number, number][] } {
  let at = 0;
  const shown: string[] = [];
  const values: [number, number][] = [];
  const program = new NativeProgram(code, {
    "test.next": (m) => m.give(0, list[at++] as number),
    "test.next32": (m) => m.give(0, list[at++] as number),
    "test.show": (m) => void shown.push(m.bytes(m.int(0), Number(m.long(1)))),
    "test.text": (m) => {
      const s = list[at++] as string;
      m.writeText(m.int(0), s);
      m.give(0, BigInt(s.length));
    },
    "test.value": (m) => void values.push([m.double(0), Number(m.long(1))]),
  });
  const o = program.call(name, [BigInt(list.length)]);
  if (!o.ok) throw new Error(JSON.stringify(o));
  return { shown, values };
}

test("text of f64 is the host's", (t) => {
  const list = doubles(12_000);
  const { shown } = run("texts", list);
  const bad = list.filter((v, i) => shown[i] !== formatF64(v));
  t.deepEqual(
    bad.slice(0, 5).map((v) => [v, shown[list.indexOf(v)]]),
    [],
  );
  t.is(shown.length, list.length);
});

test("text of f32 is the host's", (t) => {
  const next = random(2);
  const list = [0, -0, Infinity, Number.NaN, 1e-45, 3.4028234663852886e38, 0.1, 16777216].map(
    Math.fround,
  );
  for (let e = -149; e < 128; e += 1) list.push(2 ** e, Math.fround(2 ** e * (1 + 2 ** -23)));
  while (list.length < 6_000) list.push(f32(next()), Math.fround((next() % 100000) / 1000));
  const { shown } = run("texts32", list);
  const bad = list.filter((v, i) => shown[i] !== formatF32(v));
  t.deepEqual(
    bad.slice(0, 5).map((v) => [v, shown[list.indexOf(v)]]),
    [],
  );
  t.is(shown.length, list.length);
});

/** Reads a text as the other runtimes do. */
function parsed(s: string): [number, number] {
  let out = 0;
  const ok = new Uint8Array(1);
  formatHosts["fmt.parse"]({
    bytes: () => s,
    int: () => s.length,
    give: (_: number, v: number) => {
      out = v;
    },
    slice: () => ok,
  } as never);
  return [out, ok[0]];
}

test("texts are read as the host reads them", (t) => {
  const list = [
    "",
    "+",
    ".",
    "1.",
    ".5",
    "-.5e1",
    "1e",
    "1e+",
    "1_000.5",
    "inf",
    "-inf",
    "+inf",
    "nan",
    "-nan",
  ];
  list.push(
    "0x10",
    "1.2.3",
    "1e400",
    "-1e-400",
    "1e99999999999",
    "0e99999",
    "00012",
    "1e-5_0",
    " 1",
    "1 ",
  );
  // Halves between two floats, and just beside them; the smallest, the largest.
  list.push(
    "9007199254740993",
    "9007199254740993.0000000000000000000000000000000000001",
    "9007199254740992.9999999",
  );
  list.push(
    "2.4703282292062327208e-324",
    "2.4703282292062328e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
  );
  list.push(`0.${"0".repeat(400)}1e400`, `${"1".repeat(800)}e-790`, `${"9".repeat(1500)}e-1500`);
  for (const v of doubles(3_000)) {
    if (!Number.isFinite(v)) continue;
    list.push(String(v), v.toPrecision(20), v.toExponential(16));
  }
  const { values } = run("values", list);
  const bad = list.flatMap((s, i) => {
    const want = parsed(s);
    return Object.is(values[i][0], want[0]) && values[i][1] === want[1]
      ? []
      : [[s, values[i], want]];
  });
  t.deepEqual(bad.slice(0, 5), []);
  t.is(values.length, list.length);
});
