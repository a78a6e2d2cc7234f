/** Each kernel against published vectors, a plain second formulation or Node's own, on both engines. */
import { createCipheriv, createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import test from "ava";
import fc from "fast-check";
import { bind, interpreter, TapeTrap } from "../embed/bind.ts";
import { compileModule, webAssembly } from "../embed/node.ts";
import { blocks, checksums, ciphers, crcs, hashes, tags } from "./vectors.ts";

type Call = (...args: unknown[]) => unknown;
const code = (name: string) =>
  compileModule(fileURLToPath(new URL(`${name}.tape`, import.meta.url)));
const modules = {
  aes: code("aes"),
  checksum: code("checksum"),
  crc32c: code("crc32c"),
  bytes: code("bytes"),
  blend: code("blend"),
  cells: code("cells"),
  scroll: code("scroll"),
  sha256: code("sha256"),
  chacha20: code("chacha20"),
  poly1305: code("poly1305"),
};
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");
const runs = { numRuns: 60 };

for (const [engine, make] of [
  ["WebAssembly", webAssembly],
  ["interpreter", interpreter],
] as const) {
  const load = (name: keyof typeof modules): Record<string, Call> =>
    bind(modules[name], make(modules[name])) as unknown as Record<string, Call>;

  test(`${engine}: the Internet checksum`, (t) => {
    const { checksum } = load("checksum");
    for (const v of checksums) t.is(checksum(v.data, 0), v.sum);
    const plain = (b: Uint8Array, seed: number): number => {
      let sum = seed;
      for (let i = 0; i < b.length; i++) sum += i % 2 === 0 ? b[i] * 256 : b[i];
      while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536);
      return sum ^ 0xffff;
    };
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(0xffffffff),
        (b, seed) => checksum(b, seed) === plain(b, seed),
      ),
      runs,
    );
    t.is(checksum(new Uint8Array(1600).fill(255), 0), 0);
  });

  test(`${engine}: AES-128, block by block`, (t) => {
    const { aes128 } = load("aes");
    for (const { keys, plain, cipher } of blocks) {
      const data = Uint8Array.of(...plain, ...plain, 1, 2);
      aes128(data, keys);
      t.deepEqual([...data], [...cipher, ...cipher, 1, 2]);
    }
  });

  test(`${engine}: CRC-32C, in one piece or in two`, (t) => {
    const { crc32c } = load("crc32c");
    for (const v of crcs) t.is(crc32c(v.data, 0), v.sum);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(60),
        (b, cut) => crc32c(b.slice(cut), crc32c(b.slice(0, cut), 0)) === crc32c(b, 0),
      ),
      runs,
    );
  });

  test(`${engine}: copy and fill stay within their slices`, (t) => {
    const { copy, fill, fill32 } = load("bytes");
    for (const n of [0, 1, 2, 3, 4, 5, 8, 31]) {
      const to = new Uint8Array(40).fill(9);
      copy(
        to,
        Uint8Array.from({ length: n }, (_, i) => i + 1),
      );
      t.deepEqual(
        [...to],
        [...to.keys()].map((i) => (i < n ? i + 1 : 9)),
      );
      fill(to.subarray(3, 3 + n), 7);
      const filled = (i: number): boolean => i >= 3 && i < 3 + n;
      t.deepEqual(
        [...to],
        [...to.keys()].map((i) => (filled(i) ? 7 : i < n ? i + 1 : 9)),
      );
      const words = new Uint32Array(n);
      fill32(words, 0xfedcba98);
      t.deepEqual(words, new Uint32Array(n).fill(0xfedcba98));
    }
    t.throws(() => copy(new Uint8Array(2), new Uint8Array(3)), { instanceOf: TapeTrap });
  });

  const mix = (s: number, d: number, a: number): number =>
    Math.round((s * a + d * (255 - a)) / 255);
  const over = (s: number, d: number, a: number): number => {
    let out = mix(255, d >>> 24, a);
    for (const shift of [16, 8, 0])
      out = out * 256 + mix((s >>> shift) & 255, (d >>> shift) & 255, a);
    return out;
  };

  test(`${engine}: alpha blending rounds to nearest in every channel`, (t) => {
    const { blend } = load("blend");
    const from = new Uint32Array(512);
    const to = new Uint32Array(512);
    for (let i = 0; i < 512; i++) {
      from[i] = Math.imul(i, 0x9e3779b1) ^ (i << 23);
      to[i] = Math.imul(i + 7, 0x85ebca6b);
    }
    const expected = to.map((d, i) => over(from[i], d, from[i] >>> 24));
    blend(to, from);
    t.deepEqual(to, expected);
    t.throws(() => blend(new Uint32Array(1), new Uint32Array(2)), { instanceOf: TapeTrap });
  });

  test(`${engine}: glyphs by coverage and by bits`, (t) => {
    const { glyph, bits } = load("blend");
    const picture = new Uint32Array(10 * 4).fill(0xff102030);
    const coverage = Uint8Array.of(0, 128, 255, 64, 1, 254);
    const colour = 0xc0f0a050;
    const expected = picture.slice();
    for (let i = 0; i < 6; i++) {
      const at = 11 + Math.floor(i / 3) * 10 + (i % 3);
      expected[at] = over(colour, expected[at], Math.round((coverage[i] * 0xc0) / 255));
    }
    glyph(picture, 11, 10, coverage, 3, colour);
    t.deepEqual(picture, expected);
    const cell = new Uint32Array(2 * 9);
    bits(cell, 1, 9, Uint8Array.of(0x81, 0x7e), 5, 6);
    t.deepEqual([...cell], [0, 5, 6, 6, 6, 6, 6, 6, 5, 0, 6, 5, 5, 5, 5, 5, 5, 6]);
    t.throws(() => bits(cell, 11, 9, Uint8Array.of(1), 5, 6), { instanceOf: TapeTrap });
  });

  test(`${engine}: cells of text in two colours, and rectangles`, (t) => {
    const { cells, rectangle } = load("cells");
    const picture = new Uint32Array(20 * 3).fill(9);
    const colours = Uint32Array.from({ length: 16 }, (_, i) => 100 + i);
    // Two glyphs of two lines.
    const font = Uint8Array.of(0xff, 0x00, 0x81, 0x7e);
    const row = Uint32Array.of(1 * 256 + 0x21, 0 * 256 + 0x43);
    cells(picture, 21, 20, font, 2, row, 2, colours);
    const [a, b, c, d] = [101, 102, 103, 104];
    const first = [a, b, b, b, b, b, b, a, c, c, c, c, c, c, c, c];
    const second = [b, a, a, a, a, a, a, b, d, d, d, d, d, d, d, d];
    const nines = (n: number): number[] => new Array(n).fill(9);
    t.deepEqual([...picture], [...nines(21), ...first, ...nines(4), ...second, ...nines(3)]);
    rectangle(picture, 1, 20, 2, 3, 7);
    t.deepEqual(
      [1, 2, 3, 21, 22, 41, 42].map((at) => picture[at]),
      [7, 7, 9, 7, 7, 7, 7],
    );
    t.is(picture[23], b);
    t.throws(() => cells(picture, 40, 20, font, 2, row, 2, colours), { instanceOf: TapeTrap });
    t.throws(() => cells(picture, 0, 20, font, 2, Uint32Array.of(2 * 256), 1, colours), {
      instanceOf: TapeTrap,
    });
  });

  test(`${engine}: scrolling moves rows and fills what is free`, (t) => {
    const { scroll } = load("scroll");
    const stride = 5;
    for (const by of [0, 1, 3, 4, 9]) {
      const picture = Uint32Array.from({ length: 20 }, (_, i) => i);
      const expected = picture.map((v, i) => {
        const y = Math.floor(i / stride);
        if (by === 0 || i % stride >= 3) return v;
        return y < 4 - by ? v + by * stride : 77;
      });
      scroll(picture, stride, 3, 4, by, 77);
      t.deepEqual(picture, expected, `by ${by}`);
    }
  });

  test(`${engine}: SHA-256`, (t) => {
    const { sha256 } = load("sha256");
    const out = new Uint8Array(32);
    for (const v of hashes) {
      sha256(v.data, out);
      t.is(hex(out), hex(v.hash));
    }
    for (const n of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
      const data = Uint8Array.from({ length: n }, (_, i) => i * 7);
      sha256(data, out);
      t.is(hex(out), createHash("sha256").update(data).digest("hex"), `${n} bytes`);
    }
    t.throws(() => sha256(new Uint8Array(1), new Uint8Array(31)), { instanceOf: TapeTrap });
  });

  test(`${engine}: ChaCha20`, (t) => {
    const { chacha20 } = load("chacha20");
    for (const v of ciphers) {
      const data = v.plain.slice();
      chacha20(data, v.key, v.nonce, v.counter);
      t.is(hex(data), hex(v.cipher));
      chacha20(data, v.key, v.nonce, v.counter);
      t.deepEqual(data, v.plain);
    }
    const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    for (const n of [0, 1, 63, 64, 65, 300]) {
      const iv = Uint8Array.from({ length: 16 }, (_, i) => (i < 4 ? 0 : i));
      const data = new Uint8Array(n);
      chacha20(data, key, iv.subarray(4), 0);
      const theirs = createCipheriv("chacha20", key, iv).update(new Uint8Array(n));
      t.is(hex(data), hex(theirs), `${n} bytes`);
    }
    for (const [k, v, c, n] of [
      [31, 12, 0, 1],
      [32, 11, 0, 1],
      [32, 12, 0xffffffff, 65],
    ])
      t.throws(() => chacha20(new Uint8Array(n), new Uint8Array(k), new Uint8Array(v), c), {
        instanceOf: TapeTrap,
      });
  });

  test(`${engine}: Poly1305`, (t) => {
    const { poly1305 } = load("poly1305");
    const out = new Uint8Array(16);
    for (const v of tags) {
      poly1305(v.data, v.key, out);
      t.is(hex(out), hex(v.tag));
    }
    const le = (b: Uint8Array): bigint => b.reduceRight((sum, x) => sum * 256n + BigInt(x), 0n);
    const plain = (data: Uint8Array, key: Uint8Array): bigint => {
      const r = le(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
      let h = 0n;
      for (let i = 0; i < data.length; i += 16) {
        const b = data.subarray(i, i + 16);
        h = ((h + le(b) + (1n << BigInt(8 * b.length))) * r) % ((1n << 130n) - 5n);
      }
      return (h + le(key.subarray(16))) & ((1n << 128n) - 1n);
    };
    const edge = fc.uint8Array({ maxLength: 70 }).map((b) => b.map((x) => (x & 1 ? 255 : x)));
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(edge, key, (data, k) => {
        poly1305(data, k, out);
        return le(out) === plain(data, k);
      }),
      runs,
    );
  });
}

test("what flows from keys is secret in the signatures", (t) => {
  const types = (name: keyof typeof modules): string =>
    modules[name].exports.map((e) => e.type).join("\n");
  t.regex(types("chacha20"), /key: \[\]const secret u8/);
  t.regex(types("poly1305"), /key: \[\]const secret u8/);
  t.regex(types("sha256"), /data: \[\]const secret u8/);
});
