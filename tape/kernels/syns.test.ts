/** Cookies are SipHash of what they stand for; what is no SYN stays, and nothing outside of the pool is touched. */
import { fileURLToPath } from "node:url";
import test from "ava";
import fc from "fast-check";
import { bind, interpreter } from "../embed/bind.ts";
import { compileModule, webAssembly } from "../embed/node.ts";

type Call = (...args: unknown[]) => number;
const code = compileModule(fileURLToPath(new URL("syns.tape", import.meta.url)));
const WORD = (1n << 64n) - 1n;

/** SipHash-2-4 as its authors describe it ("SipHash: a fast short-input PRF", 2012, section 2), over BigInts. */
function sipHash(key: Uint8Array, data: Uint8Array): bigint {
  const word = (bytes: Uint8Array, at: number) =>
    [...bytes.subarray(at, at + 8)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const turned = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & WORD;
  const k = [word(key, 0), word(key, 8)] as const;
  const v = [
    k[0] ^ 0x736f6d6570736575n,
    k[1] ^ 0x646f72616e646f6dn,
    k[0] ^ 0x6c7967656e657261n,
    k[1] ^ 0x7465646279746573n,
  ] as [bigint, bigint, bigint, bigint];
  const round = () => {
    v[0] = (v[0] + v[1]) & WORD;
    v[1] = turned(v[1], 13n) ^ v[0];
    v[0] = turned(v[0], 32n);
    v[2] = (v[2] + v[3]) & WORD;
    v[3] = turned(v[3], 16n) ^ v[2];
    v[0] = (v[0] + v[3]) & WORD;
    v[3] = turned(v[3], 21n) ^ v[0];
    v[2] = (v[2] + v[1]) & WORD;
    v[1] = turned(v[1], 17n) ^ v[2];
    v[2] = turned(v[2], 32n);
  };
  const whole = data.length & ~7;
  for (let at = 0; at <= whole; at += 8) {
    let m = word(data, at);
    if (at === whole) m |= BigInt(data.length & 255) << 56n;
    v[3] ^= m;
    round();
    round();
    v[0] ^= m;
  }
  v[2] ^= 255n;
  for (let n = 0; n < 4; n++) round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

const counting = (length: number) => Uint8Array.from({ length }, (_, at) => at);

test("the hash that cookies are compared with gives its authors' example (appendix A)", (t) => {
  t.is(sipHash(counting(16), counting(15)), 0xa129ca6149be45e5n);
});

for (const [engine, make] of [
  ["WebAssembly", webAssembly],
  ["interpreter", interpreter],
] as const) {
  const kernel = bind(code, make(code)) as unknown as { [name: string]: Call };
  const numbers = fc.uint32Array({ minLength: 9, maxLength: 9 });

  test(`${engine}: a cookie is SipHash of ends, number and time`, (t) => {
    fc.assert(
      fc.property(numbers, (all) => {
        const out = new Uint32Array(2);
        const [a, b, c, d, e] = all.slice(4);
        kernel.cookie!(all.slice(0, 4), a, b, c, d, e, out);
        const bytes = new Uint8Array(all.slice().buffer);
        return (
          sipHash(bytes.subarray(0, 16), bytes.subarray(16)) ===
          ((BigInt(out[1]!) << 32n) | BigInt(out[0]!))
        );
      }),
      { numRuns: 100 },
    );
    t.pass();
  });

  test(`${engine}: any frames: pieces outside of the pool are refused, answers fill slots and list no further than they may`, (t) => {
    const known = new Uint8Array(65_536);
    const ways = Uint32Array.of(0, 0, 2, 3);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.nat(3)), { maxLength: 8 }),
        fc.nat(7),
        (pool, list, room) => {
          const wanted = [0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40];
          if (pool.length > 54) {
            pool.set(wanted);
            pool[23] = 6;
            pool[47] = 2;
          }
          const state = new Uint32Array(21);
          state.set([0, 3000, 3000, 1, room, 4, 1, 0, 2]);
          const pieces = Uint32Array.from(list.flat());
          const slots = new Uint8Array(4 * 2048);
          const packets = new Uint32Array(10);
          const ports = Uint32Array.of(7);
          const key = new Uint32Array(4);
          const left = kernel.screen!(
            pool,
            pieces,
            list.length,
            slots,
            state,
            packets,
            key,
            ways,
            ports,
            known,
            1,
          );
          const outside = list.some(([at, bytes]) => at + bytes > pool.length);
          return left <= list.length && (left >= 0 || outside) && state[7]! <= 2;
        },
      ),
      { numRuns: 200 },
    );
    t.pass();
  });
}
