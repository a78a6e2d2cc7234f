// Captures: what QEMU wrote comes out as pcapng, however the stream is cut; read back here by the format's own rules.
import test from "ava";
import fc from "fast-check";
import { type Frame, PcapStream, pcapngEnd, pcapngFrame, pcapngStart } from "./pcapng.ts";

/** Blocks of a capture: type and body. Checks both lengths of each. */
function blocks(capture: Buffer): { type: number; body: Buffer }[] {
  const all = [];
  for (let at = 0; at < capture.length; ) {
    const total = capture.readUInt32LE(at + 4);
    if (total % 4 !== 0 || total < 12 || capture.readUInt32LE(at + total - 4) !== total)
      throw new Error(`the lengths of the block at ${at} differ`);
    all.push({ type: capture.readUInt32LE(at), body: capture.subarray(at + 8, at + total - 4) });
    at += total;
  }
  return all;
}

/** Options of a block's body from `at` on, by code. */
function options(body: Buffer, at: number): Record<number, Buffer> {
  const all: Record<number, Buffer> = {};
  for (;;) {
    const code = body.readUInt16LE(at);
    const length = body.readUInt16LE(at + 2);
    if (code === 0) return all;
    all[code] = body.subarray(at + 4, at + 4 + length);
    at += 4 + ((length + 3) & ~3);
  }
}

const frame = fc
  .record({
    time: fc.bigInt({ min: 0n, max: 4_000_000_000_999_999n }),
    bytes: fc.uint8Array({ maxLength: 100 }),
    more: fc.nat(1000),
  })
  .map(({ time, bytes, more }): Frame => ({ time, bytes, length: bytes.length + more }));

test("frames pass from pcap to pcapng as they are, in pieces of any size", (t) => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 10 }),
      fc.integer({ min: 1, max: 60 }),
      (frames, cut) => {
        const head = Buffer.alloc(24);
        head.writeUInt32LE(0xa1b2c3d4, 0);
        const records = frames.map(({ time, bytes, length }) => {
          const record = Buffer.alloc(16);
          record.writeUInt32LE(Number(time / 1_000_000n), 0);
          record.writeUInt32LE(Number(time % 1_000_000n), 4);
          record.writeUInt32LE(bytes.length, 8);
          record.writeUInt32LE(length, 12);
          return Buffer.concat([record, bytes]);
        });
        const stream = new PcapStream();
        const pcap = Buffer.concat([head, ...records]);
        const out: Buffer[] = [pcapngStart("net0")];
        for (let at = 0; at < pcap.length; at += cut)
          for (const each of stream.push(pcap.subarray(at, at + cut))) out.push(pcapngFrame(each));
        out.push(pcapngEnd(frames.length, 5n));
        const [section, card, ...rest] = blocks(Buffer.concat(out));
        t.is(section!.type, 0x0a0d0d0a);
        t.is(section!.body.readUInt32LE(0), 0x1a2b3c4d);
        t.is(card!.body.readUInt16LE(0), 1);
        t.is(options(card!.body, 8)[2]!.toString(), "net0");
        t.is(options(card!.body, 8)[9]![0], 6);
        const statistics = rest.pop()!;
        t.is(statistics.type, 5);
        t.is(options(statistics.body, 12)[4]!.readBigUInt64LE(), BigInt(frames.length));
        t.is(rest.length, frames.length);
        rest.forEach(({ type, body }, i) => {
          const { time, bytes, length } = frames[i]!;
          t.is(type, 6);
          t.is((BigInt(body.readUInt32LE(4)) << 32n) + BigInt(body.readUInt32LE(8)), time);
          t.is(body.readUInt32LE(16), length);
          t.deepEqual(Uint8Array.from(body.subarray(20, 20 + body.readUInt32LE(12))), bytes);
        });
      },
    ),
    { numRuns: 200 },
  );
});

test("what is no pcap stream is refused", (t) => {
  t.throws(() => new PcapStream().push(Buffer.alloc(24)));
  const stream = new PcapStream();
  const bad = Buffer.alloc(40, 0xff);
  bad.writeUInt32LE(0xa1b2c3d4, 0);
  t.throws(() => stream.push(bad), { message: /too long/ });
});
