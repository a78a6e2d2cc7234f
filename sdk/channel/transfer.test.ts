// Two transfers over a line that loses, doubles and reorders frames, in virtual time.
import test from "ava";
import fc from "fast-check";
import { type Frame, frameFlags, frameKinds, PAYLOAD_BYTES } from "./frame.ts";
import { AGAIN, MESSAGE_BYTES, Transfer, TRIES, WINDOW } from "./transfer.ts";

/** Two ends and what is on the line between them. `fate`: what becomes of a frame: so many copies arrive. */
function pair(fate: () => number) {
  const line: { to: 0 | 1; frame: Frame }[] = [];
  const got: Uint8Array[][] = [[], []];
  const end = (self: 0 | 1): Transfer =>
    new Transfer(5, {
      transmit: (frame) => {
        for (let copies = fate(); copies > 0; copies--)
          line.push({ to: self === 0 ? 1 : 0, frame });
      },
      message: (bytes) => got[self]!.push(bytes),
    });
  const ends = [end(0), end(1)] as const;
  let now = 0;
  /** Runs until nothing is on the line and nothing is due. */
  const run = () => {
    for (let step = 0; step < 100_000; step++) {
      const next = line.shift();
      if (next !== undefined) ends[next.to].receive(next.frame, now);
      else {
        const due = Math.min(ends[0].deadline, ends[1].deadline);
        if (due === Infinity) return;
        now = due;
        ends[0].tick(now);
        ends[1].tick(now);
      }
    }
    throw new Error("it does not come to rest");
  };
  return { ends, got, line, run, now: () => now };
}

const message = (length: number, first = 0) =>
  Uint8Array.from({ length }, (_, index) => (first + index * 7) & 255);

test("messages of all sizes, both ways at once", (t) => {
  const { ends, got, run } = pair(() => 1);
  const sizes = [0, 1, PAYLOAD_BYTES, PAYLOAD_BYTES + 1, 20 * PAYLOAD_BYTES + 5];
  for (const size of sizes) {
    ends[0].send(message(size), 0);
    ends[1].send(message(size, 9), 0);
  }
  run();
  t.deepEqual(
    got[1],
    sizes.map((size) => message(size)),
  );
  t.deepEqual(
    got[0],
    sizes.map((size) => message(size, 9)),
  );
  t.is(ends[0].repeated + ends[1].repeated, 0);
});

test("never more than a window is on its way", (t) => {
  const { ends, line } = pair(() => 1);
  ends[0].send(message(100 * PAYLOAD_BYTES), 0);
  t.is(line.length, WINDOW);
  ends[1].receive(line.shift()!.frame, 0);
  ends[0].receive(line.pop()!.frame, 0);
  t.is(line.length, WINDOW);
});

test("lost and doubled frames: every message once, whole, in order", (t) => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 9 })), (dice) => {
      // One frame in ten is lost, one in ten comes twice.
      const fate = () => {
        const roll = dice.next().value as number;
        return roll === 0 ? 0 : roll === 1 ? 2 : 1;
      };
      const { ends, got, run } = pair(fate);
      const sent = Array.from({ length: 12 }, (_, index) => message(index * 700, index));
      for (const each of sent) ends[0].send(each, 0);
      run();
      // A line that loses five tries in a row ends the session; whatever came before is right.
      const here = got[1]!;
      t.deepEqual(here, sent.slice(0, here.length));
      t.true(here.length === sent.length || ends[0].over !== undefined);
    }),
    { numRuns: 60 },
  );
});

test("numbers go round", (t) => {
  const { ends, got, run } = pair(() => 1);
  const rounds = 65_536 / (MESSAGE_BYTES / PAYLOAD_BYTES) + 2;
  for (let round = 0; round < rounds; round++) {
    ends[0].send(message(MESSAGE_BYTES - round, round), 0);
    run();
  }
  t.is(got[1]!.length, rounds);
  t.true(got[1]!.every((each, round) => each.length === MESSAGE_BYTES - round));
  t.deepEqual(got[1]!.at(-1), message(MESSAGE_BYTES - rounds + 1, rounds - 1));
});

test("one gap is repaired at once, without waiting for the time", (t) => {
  let count = 0;
  const { ends, got, run, now } = pair(() => (count++ === 2 ? 0 : 1));
  ends[0].send(message(6 * PAYLOAD_BYTES), 0);
  run();
  t.is(got[1]!.length, 1);
  t.is(now(), 0);
});

test("a probe is acknowledged and changes nothing", (t) => {
  const { ends, got, line, run } = pair(() => 1);
  ends[0].send(message(5), 0);
  run();
  ends[0].probe();
  t.is(line.length, 1);
  ends[1].receive(line.shift()!.frame, 0);
  t.like(line.shift()!.frame, { kind: frameKinds.ACK, flags: 0, sequence: 1 });
  ends[0].send(message(6), 0);
  run();
  t.deepEqual(got[1], [message(5), message(6)]);
});

test("an end that is gone: some tries, each later, then the session is over", (t) => {
  const { ends, line, now, run } = pair(() => 0);
  ends[0].send(message(1), 0);
  run();
  t.regex(ends[0].over!, /does not answer/);
  t.is(now(), AGAIN * (2 ** TRIES - 1));
  t.is(line.length, 0);
});

test("a message without end is cut off", (t) => {
  const { ends, run } = pair(() => 1);
  ends[0].send(message(MESSAGE_BYTES + 1), 0);
  run();
  t.regex(ends[1].over!, /longer than/);
});

test("whatever frames come, nothing throws and nothing is acknowledged that was not sent", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          kind: fc.constantFrom<number>(frameKinds.DATA, frameKinds.ACK, 9),
          flags: fc.integer({ min: 0, max: frameFlags.END | frameFlags.GAP }),
          session: fc.constant(5),
          sequence: fc.integer({ min: 0, max: 65535 }),
          payload: fc.uint8Array({ maxLength: 20 }),
        }),
        { maxLength: 50 },
      ),
      (frames) => {
        const { ends } = pair(() => 1);
        ends[0].send(message(3 * PAYLOAD_BYTES), 0);
        const acks = frames.filter((each) => each.kind === frameKinds.ACK);
        for (const each of frames) ends[0].receive(each, 0);
        const low = acks.some((each) => each.sequence >= 1 && each.sequence <= 3);
        return low || ends[0].unsent === 3;
      },
    ),
  );
  t.pass();
});
