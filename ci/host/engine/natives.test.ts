// The engine's SHA-256, PBKDF2, generator and formatter against the host's, and against published examples.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import test from "ava";
import { buildSanitized, records } from "../sanitized.ts";

const folder = "sdk/runtime/engine";
const program = buildSanitized([
  "ci/host/engine/natives.c",
  ...["sha256.c", "hmac.c", "drbg.c", "format.c"].map((file) => `${folder}/${file}`),
]);
test.after.always(() => program.close());

const lines = (args: string[], parts: Uint8Array[]) =>
  program.run(args, records(parts)).toString().trim().split("\n");
const sample = (length: number, salt: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 167 + salt * 31 + (i >> 3)) & 255));

test("SHA-256 of every length up to five blocks, in three parts", (t) => {
  const parts = Array.from({ length: 321 }, (_, length) => sample(length, length));
  t.deepEqual(
    lines(["sha256"], parts),
    parts.map((part) => createHash("sha256").update(part).digest("hex")),
  );
});

test("PBKDF2-HMAC-SHA256, with passwords shorter and longer than a block", (t) => {
  const pairs = [0, 1, 8, 63, 64, 65, 200].map((length) => [sample(length, 1), sample(16, length)]);
  for (const rounds of [1, 2, 1000])
    t.deepEqual(
      lines(["pbkdf2", String(rounds)], pairs.flat()),
      pairs.map(([word, salt]) => pbkdf2Sync(word!, salt!, rounds, 32, "sha256").toString("hex")),
    );
});

test("PBKDF2's published example", (t) => {
  // RFC 7914, section 11 (IETF Trust, code components under the BSD licence): first 32 bytes
  t.deepEqual(lines(["pbkdf2", "1"], [Buffer.from("passwd"), Buffer.from("salt")]), [
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
  ]);
});

/** HMAC_DRBG as the standard writes it (SP 800-90A Rev. 1, 10.1.2), over the host's HMAC. */
class Reference {
  #key: Buffer = Buffer.alloc(32, 0);
  #value: Buffer = Buffer.alloc(32, 1);

  #mac(...parts: Uint8Array[]): Buffer {
    return createHmac("sha256", this.#key).update(Buffer.concat(parts)).digest();
  }

  update(data: Uint8Array): void {
    for (const round of [0, 1]) {
      this.#key = this.#mac(this.#value, Buffer.from([round]), data);
      this.#value = this.#mac(this.#value);
      if (data.length === 0) return;
    }
  }

  generate(length: number): string {
    let out: Buffer = Buffer.alloc(0);
    while (out.length < length) {
      this.#value = this.#mac(this.#value);
      out = Buffer.concat([out, this.#value]);
    }
    this.update(Buffer.alloc(0));
    return out.subarray(0, length).toString("hex");
  }
}

test("the generator follows the standard, over reseeds, and refuses without a seed", (t) => {
  const reference = new Reference();
  const seeds = [sample(64, 3), sample(48, 9)];
  reference.update(seeds[0]!);
  const expected = [32, 1, 100].map((length) => reference.generate(length));
  reference.update(seeds[1]!);
  expected.push(reference.generate(33), reference.generate(4096));
  t.deepEqual(lines(["drbg", "32", "1", "100", "0", "33", "4096"], seeds), expected);
});

test("the formatter gives what the host's gives, in every size of buffer", (t) => {
  t.deepEqual(lines(["format"], []), ["same"]);
});
