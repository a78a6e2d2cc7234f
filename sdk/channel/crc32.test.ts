// Against the host's own implementation.
import { crc32 as hostCrc32 } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { crc32 } from "./crc32.ts";

test("the check value of the polynomial, and any bytes like the host's", (t) => {
  t.is(crc32(new TextEncoder().encode("123456789"), 0, 9), 0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, start) => {
      const from = Math.min(start, bytes.length);
      return crc32(bytes, from, bytes.length) === hostCrc32(bytes.subarray(from)) >>> 0;
    }),
  );
});
