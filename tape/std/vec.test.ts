/** Vector operations on both runtimes: AES by the standard's example, products without carries by long multiplication. */
import test from "ava";
import { Random } from "../testing/generate.ts";
import { lines } from "../testing/run.ts";

const hex = (s: string): string => `[${(s.match(/../g) ?? []).map((h) => `0x${h}`).join(", ")}]`;
const show = (e: string, n: number): string =>
  `{ let v = declassify(${e}); for (i in ${n}) { io.print("{v[i]} "); } io.println(); }`;

/** FIPS 197, appendix B (a work of the U.S. government, in the public domain): round 1, and round 10. */
test("rounds of AES are the standard's", (t) => {
  const out = lines(
    [show(`vec.aes_round(a, k)`, 16), show(`vec.aes_last(b, l)`, 16)].join("\n").replace(
      /^/,
      `let a: u8x16 = ${hex("193de3bea0f4e22b9ac68d2ae9f84808")}; let k: u8x16 = ${hex("a0fafe1788542cb123a339392a6c7605")};
         let b: u8x16 = ${hex("eb40f21e592e38848ba113e71bc342d2")}; let l: u8x16 = ${hex("d014f9a8c9ee2589e13f0cc8b6630ca6")};\n`,
    ),
    'import vec from "vec";',
  );
  const bytes = (s: string): string => `${[...Buffer.from(s, "hex")].join(" ")} `;
  t.deepEqual(out, [
    bytes("a49c7ff2689f352b6b5bea43026a5049"),
    bytes("3925841d02dc09fbdc118597196a0b32"),
  ]);
});

test("products without carries", (t) => {
  const r = new Random(11);
  const word = (): bigint => (BigInt(r.next(0xffffffff)) << 32n) | BigInt(r.next(0xffffffff));
  const pairs: [bigint, bigint][] = [
    [3n, 3n],
    [1n << 63n, 2n],
    [(1n << 64n) - 1n, (1n << 64n) - 1n],
    [0n, 5n],
  ];
  for (let i = 0; i < 12; i++) pairs.push([word(), word()]);
  const want = pairs.map(([a, b]) => {
    let p = 0n;
    for (let i = 0n; i < 64n; i++) if ((b >> i) & 1n) p ^= a << i;
    return `${BigInt.asUintN(64, p)} ${p >> 64n} `;
  });
  t.deepEqual(
    lines(
      pairs.map(([a, b]) => show(`vec.clmul(${a}, ${b})`, 2)).join("\n"),
      'import vec from "vec";',
    ),
    want,
  );
});

test("lanes of bytes, by the same on numbers", (t) => {
  const r = new Random(5);
  const a = Array.from({ length: 16 }, () => r.next(256));
  const b = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? a[i] : r.next(256)));
  const each: [string, (x: number, y: number) => number][] = [
    ["add_sat", (x, y) => Math.min(255, x + y)],
    ["sub_sat", (x, y) => Math.max(0, x - y)],
    ["min", Math.min],
    ["max", Math.max],
    ["average", (x, y) => (x + y + 1) >> 1],
    ["equal", (x, y) => (x === y ? 255 : 0)],
    ["shuffle", (_, y) => (y > 127 ? 0 : a[y & 15])],
  ];
  const out = lines(
    `let a: u8x16 = [${a.join(", ")}]; let b: u8x16 = [${b.join(", ")}];\n${each
      .map(
        ([f]) => `{ let v = vec.${f}(a, b); for (i in 16) { io.print("{v[i]} "); } io.println(); }`,
      )
      .join("\n")}\nio.println(vec.mask(a));`,
    'import vec from "vec";',
  );
  t.deepEqual(out, [
    ...each.map(([, f]) => `${a.map((x, i) => f(x, b[i])).join(" ")} `),
    String(a.reduce((m, x, i) => m + (x > 127 ? 2 ** i : 0), 0)),
  ]);
});
