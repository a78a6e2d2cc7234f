import test from "ava";
import fc from "fast-check";
import { addBytes, addNumber, checksumOf, foldSum, pseudoHeaderSum } from "./checksum.ts";
import { createPacketBuffer } from "./packet-buffer.ts";
import { hex, join, plainChecksum } from "./testing/frames.ts";

function sumAt(bytes: Uint8Array, start: number): number {
  const packet = createPacketBuffer();
  packet.bytes.fill(0xa5);
  packet.bytes.set(bytes, start);
  return addBytes(0, packet, start, start + bytes.length);
}

// RFC 1071 section 3 (an RFC's example; free to reproduce under the IETF Trust's provisions).
test("RFC 1071's example: the sum is ddf2, the checksum its complement", (t) => {
  const sum = sumAt(hex("0001 f203 f4f5 f6f7"), 16);
  t.is(foldSum(sum), 0xddf2);
  t.is(checksumOf(sum), 0x220d);
});

test("agrees with word-by-word addition at every alignment and length", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 1500 }),
      fc.integer({ min: 0, max: 20 }),
      (bytes, half) => checksumOf(sumAt(bytes, half * 2)) === plainChecksum(bytes),
    ),
  );
  const ones = new Uint8Array(1500).fill(0xff);
  t.is(checksumOf(sumAt(ones, 16)), plainChecksum(ones));
  t.is(checksumOf(sumAt(new Uint8Array(0), 18)), 0xffff);
});

test("a range with its checksum sums to ffff", (t) => {
  const bytes = hex("4500001d12340000401100000a00020f0a000202");
  const sum = checksumOf(sumAt(bytes, 16));
  t.is(sum, 0x508c);
  bytes[10] = sum >> 8;
  bytes[11] = sum & 255;
  t.is(foldSum(sumAt(bytes, 16)), 0xffff);
});

test("the pseudo header adds as its bytes do", (t) => {
  const bytes = hex("c0a80001 ffffffff 0011 05dc");
  t.is(checksumOf(pseudoHeaderSum(0xc0a80001, 0xffffffff, 17, 1500)), plainChecksum(bytes));
  t.is(
    checksumOf(addNumber(sumAt(hex("0102"), 16), 0x80000001)),
    plainChecksum(join(hex("0102"), hex("80000001"))),
  );
});
