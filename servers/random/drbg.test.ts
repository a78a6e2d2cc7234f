import { createHash, createHmac } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { drbg, drbgBytes, drbgReseed, REQUEST_LIMIT } from "./drbg.ts";
import { hmac } from "./hmac.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

test("HMAC agrees with the host's", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 4 }),
      (key, pieces) => {
        const expected = createHmac("sha256", key).update(Buffer.concat(pieces)).digest();
        t.deepEqual(hmac(sha256, key, pieces), new Uint8Array(expected));
      },
    ),
  );
});

/** The standard's pseudo-code written down once more, over the host's HMAC. */
function reference(seed: Uint8Array) {
  const mac = (key: Buffer, ...data: Uint8Array[]) =>
    createHmac("sha256", key).update(Buffer.concat(data)).digest();
  let k = Buffer.alloc(32, 0);
  let v = Buffer.alloc(32, 1);
  const update = (data: Uint8Array) => {
    for (const separator of data.length > 0 ? [0, 1] : [0]) {
      k = mac(k, v, Buffer.from([separator]), data);
      v = mac(k, v);
    }
  };
  update(seed);
  return {
    reseed: update,
    generate(count: number) {
      let out = Buffer.alloc(0);
      while (out.length < count) {
        v = mac(k, v);
        out = Buffer.concat([out, v]);
      }
      update(new Uint8Array(0));
      return new Uint8Array(out.subarray(0, count));
    },
  };
}

test("the generator agrees with the standard's text", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 48, maxLength: 120 }),
      fc.array(fc.nat(200), { minLength: 1, maxLength: 5 }),
      fc.uint8Array({ minLength: 32, maxLength: 64 }),
      (seed, counts, entropy) => {
        const mine = drbg(sha256, seed)!;
        const theirs = reference(seed);
        for (const count of counts) t.deepEqual(drbgBytes(mine, count), theirs.generate(count));
        drbgReseed(mine, entropy);
        theirs.reseed(entropy);
        t.deepEqual(drbgBytes(mine, 64), theirs.generate(64));
      },
    ),
    { numRuns: 50 },
  );
});

test("no seed, no generator; a request has a limit", (t) => {
  t.is(drbg(sha256, new Uint8Array(47)), undefined);
  const mine = drbg(sha256, new Uint8Array(48))!;
  t.is(drbgBytes(mine, REQUEST_LIMIT + 1), undefined);
  t.is(drbgBytes(mine, REQUEST_LIMIT)?.length, REQUEST_LIMIT);
});
