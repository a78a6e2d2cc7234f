// Frames in streams: cut anywhere, between noise, behind torn frames, with damaged bytes.
import test from "ava";
import fc from "fast-check";
import { encodeFrame, FRAME_BYTES, type Frame, PAYLOAD_BYTES } from "./frame.ts";
import { FrameReader, filler } from "./frame-reader.ts";

const frames = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  session: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  sequence: fc.integer({ min: 0, max: 65535 }),
  payload: fc.uint8Array({ maxLength: 60 }),
});
/** Noise that often looks like the begin of a frame. */
const noise = fc.array(fc.constantFrom(0xa5, 0x4c, 0, 3, 0xff), { maxLength: 40 });

function read(stream: Uint8Array, piece = stream.length): Frame[] {
  const found: Frame[] = [];
  const reader = new FrameReader();
  for (let at = 0; at < stream.length; at += Math.max(1, piece)) {
    reader.push(stream.subarray(at, at + Math.max(1, piece)), (frame) => found.push(frame));
    if (reader.waiting >= FRAME_BYTES) throw new Error(`${reader.waiting} bytes are kept`);
  }
  return found;
}

const join = (...parts: Iterable<number>[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

test("frames come out as they went in, however the stream is cut and whatever lies between", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(noise, frames), { maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      (list, piece) => {
        const stream = join(...list.flatMap(([before, frame]) => [before, encodeFrame(frame)]));
        t.deepEqual(
          read(stream, piece),
          list.map(([, frame]) => frame),
        );
      },
    ),
  );
});

test("the longest payload, and none", (t) => {
  const frame = { kind: 3, flags: 1, session: 7, sequence: 9 };
  const longest = { ...frame, payload: new Uint8Array(PAYLOAD_BYTES).fill(0xa5) };
  const empty = { ...frame, payload: new Uint8Array(0) };
  t.is(encodeFrame(longest).length, FRAME_BYTES);
  t.deepEqual(read(join(encodeFrame(longest), encodeFrame(empty)), 100), [longest, empty]);
});

test("a damaged byte costs its own frame and no other", (t) => {
  fc.assert(
    fc.property(frames, frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (a, b, at, change) => {
      const damaged = encodeFrame(a);
      damaged[at % damaged.length]! ^= change;
      t.deepEqual(read(join(damaged, encodeFrame(b)), 7), [b]);
    }),
  );
});

test("lost bytes cost their own frame, and the next one is found once the lost ones are over", (t) => {
  fc.assert(
    fc.property(frames, frames, fc.nat(), (a, b, cut) => {
      const whole = encodeFrame(a);
      const torn = whole.subarray(0, cut % whole.length);
      // A header that promises more than comes: whatever comes next counts as its payload at first.
      const found = read(join(torn, encodeFrame(b), filler()), 13);
      t.deepEqual(found, [b]);
    }),
  );
});

test("a host that died half-way: the next one begins with a filler", (t) => {
  const long = encodeFrame({
    kind: 3,
    flags: 0,
    session: 1,
    sequence: 0,
    payload: new Uint8Array(PAYLOAD_BYTES).fill(0xa5),
  });
  const next = { kind: 1, flags: 0, session: 2, sequence: 0, payload: new Uint8Array([1, 0]) };
  for (const cut of [1, 15, 16, 17, 1000, long.length - 1]) {
    t.deepEqual(read(join(long.subarray(0, cut), filler(), encodeFrame(next))), [next]);
  }
});

test("noise alone gives nothing and is forgotten", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2000, maxLength: 4000 }), (bytes) => {
      t.deepEqual(read(bytes, 99), []);
    }),
    { numRuns: 30 },
  );
});
