// The loader's SHA-256 against published examples and against the host's.
import { createHash } from "node:crypto";
import test from "ava";
import { buildSanitized, records } from "../sanitized.ts";

const program = buildSanitized(["ci/host/loader/digests.c", "sdk/runtime/engine/sha256.c"]);
test.after.always(() => program.close());

const digests = (parts: readonly Uint8Array[]) =>
  program.run([], records(parts)).toString().trim().split("\n");

test("the examples of the standard", (t) => {
  // FIPS 180-2, appendix B.1 to B.3 (US government work, public domain); the empty message is from
  // NIST's Cryptographic Algorithm Validation Program, SHA256ShortMsg.rsp (same licence).
  const examples: [string, string][] = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1e6), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  ];
  t.deepEqual(
    digests(examples.map(([text]) => Buffer.from(text))),
    examples.map(([, digest]) => digest),
  );
});

test("every length up to five blocks, as the host computes it", (t) => {
  const parts = Array.from({ length: 321 }, (_, length) =>
    Buffer.from(Array.from({ length }, (_, i) => (i * 131 + length * 7) & 255)),
  );
  t.deepEqual(
    digests(parts),
    parts.map((part) => createHash("sha256").update(part).digest("hex")),
  );
});
