// The parser: sound segments, every lie, every truncation, anything at all.
import test from "ava";
import fc from "fast-check";
import { createIpv4Header } from "../ipv4.ts";
import { IP_PAYLOAD, createPacketBuffer } from "../packet-buffer.ts";
import { refusalCodes } from "../refusal.ts";
import { SYN, createSegment, parseTcp } from "./segment.ts";
import { type RawSegment, rawSegment, sealed } from "./testing/raw-segment.ts";

const A = 0x0a000001;
const B = 0x0a000002;

function parse(bytes: Uint8Array) {
  const packet = createPacketBuffer();
  packet.bytes.set(bytes, IP_PAYLOAD);
  packet.end = IP_PAYLOAD + bytes.length;
  const ip = { ...createIpv4Header(), source: A, destination: B };
  ip.payloadStart = IP_PAYLOAD;
  ip.payloadEnd = packet.end;
  const segment = parseTcp(packet, ip, createSegment());
  return typeof segment === "number" ? refusalCodes[segment] : segment;
}

const base: RawSegment = { sourcePort: 1, destinationPort: 2, flags: SYN };
const code = (raw: Partial<RawSegment>) => {
  const parsed = parse(rawSegment(A, B, { ...base, ...raw }));
  return typeof parsed === "string" ? parsed : "sound";
};

const synOptions = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 15];

test("a SYN with every option", (t) => {
  const segment = parse(rawSegment(A, B, { ...base, sequence: 0xffffffff, options: synOptions }));
  t.like(segment, {
    sequence: 0xffffffff,
    mss: 1460,
    windowScale: 14,
    sackPermitted: true,
    hasTimestamp: true,
    timestamp: 7,
    timestampEcho: 9,
    length: 1,
  });
});

test("SACK blocks, 1 to 4", (t) => {
  for (let count = 1; count <= 4; count++) {
    const blocks = Array.from({ length: 8 * count }, (_, index) => index);
    const options = [1, 1, 5, 2 + 8 * count, ...blocks];
    t.like(parse(rawSegment(A, B, { ...base, flags: 16, options })), { sackCount: count });
  }
});

test("each lie has its refusal", (t) => {
  t.is(code({ options: [2, 0, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [2, 1, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [2, 5, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [1, 1, 1, 2] }), "tcp.option-length");
  t.is(code({ options: [2, 3, 1, 0] }), "tcp.option-length");
  t.is(code({ options: [3, 4, 1, 0] }), "tcp.option-length");
  t.is(code({ options: [4, 3, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [8, 4, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [5, 2, 0, 0] }), "tcp.option-length");
  t.is(code({ options: [5, 11, ...new Array(10).fill(0)] }), "tcp.option-length");
  t.is(code({ options: [2, 4, 0, 63] }), "tcp.option-value");
  t.is(code({ options: [2, 4, 5, 180, 2, 4, 5, 180] }), "tcp.option-twice");
  t.is(code({ options: [4, 2, 4, 2] }), "tcp.option-twice");
  t.is(code({ options: [3, 3, 1, 3, 3, 1, 0, 0] }), "tcp.option-twice");
  // What nobody knows is passed over, what follows the end is not looked at.
  t.is(code({ options: [254, 4, 9, 9, 0, 2, 0, 0] }), "sound");
  t.is(code({ sourcePort: 0 }), "tcp.port");
  t.is(code({ destinationPort: 0 }), "tcp.port");
  for (const flags of [0, 1, 3, 5, 6, 7, 0x29, 0x3f, 0x20]) t.is(code({ flags }), "tcp.flags");
  for (const flags of [2, 4, 16, 17, 18, 20, 0xc2]) t.is(code({ flags }), "sound");
  const sound = rawSegment(A, B, base);
  for (const offset of [0x40, 0x60, 0xf0]) {
    const bent = sound.slice();
    bent[12] = offset;
    t.is(parse(sealed(A, B, bent)), "tcp.offset");
  }
});

test("every truncation is refused or a shorter segment, every flipped bit is seen", (t) => {
  const whole = rawSegment(A, B, { ...base, options: synOptions, data: Uint8Array.of(1, 2, 3) });
  for (let length = 0; length < whole.length; length++) {
    t.true(
      ["tcp.short", "tcp.offset", "tcp.checksum"].includes(parse(whole.slice(0, length)) as string),
    );
    const resealed = length >= 20 ? parse(sealed(A, B, whole.slice(0, length))) : "tcp.short";
    t.is(typeof resealed === "string", length < 40, `${length}`);
  }
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const bent = whole.slice();
    bent[bit >> 3] ^= 1 << (bit & 7);
    t.is(typeof parse(bent), "string");
  }
});

test("any bytes: a refusal, or fields that lie inside", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, seal) => {
      const input = seal && bytes.length >= 20 ? sealed(A, B, bytes.slice()) : bytes;
      const parsed = parse(input);
      if (typeof parsed === "string") return true;
      const end = IP_PAYLOAD + input.length;
      return (
        parsed.dataStart >= IP_PAYLOAD + 20 &&
        parsed.dataStart <= end &&
        parsed.dataEnd === end &&
        parsed.windowScale <= 14 &&
        (parsed.mss === 0 || parsed.mss >= 64)
      );
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
