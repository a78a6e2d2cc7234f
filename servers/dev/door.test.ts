// The door against hosts of every manner: sessions, retries, deaths, noise, in virtual time.
import test from "ava";
import fc from "fast-check";
import { encodeFrame, type Frame, frameFlags, frameKinds } from "../../sdk/channel/frame.ts";
import { FrameReader, filler } from "../../sdk/channel/frame-reader.ts";
import { AGAIN, TRIES } from "../../sdk/channel/transfer.ts";
import { Door } from "./door.ts";

const EMPTY = new Uint8Array(0);
const text = (value: string) => new TextEncoder().encode(value);

/** A door that answers each request with the request in capitals; what it sent, as frames. */
function scene() {
  let now = 0;
  let ended = 0;
  const sent: Frame[] = [];
  const asked: string[] = [];
  const reader = new FrameReader();
  const door: Door = new Door({
    transmit: (bytes) => reader.push(bytes, (frame) => sent.push(frame)),
    request: (message, answer) => {
      const question = new TextDecoder().decode(message);
      asked.push(question);
      answer(text(question.toUpperCase()));
    },
    over: () => void ended++,
    now: () => now,
  });
  const frame = (kind: number, session: number, sequence = 0, payload = EMPTY, flags = 0) =>
    door.receive(encodeFrame({ kind, flags, session, sequence, payload }));
  const open = (session: number) => frame(frameKinds.OPEN, session, 0, new Uint8Array([1, 0]));
  const ask = (session: number, sequence: number, question: string) =>
    frame(frameKinds.DATA, session, sequence, text(question), frameFlags.END);
  const kinds = () => sent.splice(0).map((each) => each.kind);
  const pass = (ns: number) => {
    now += ns;
    door.tick();
  };
  return { door, sent, asked, frame, open, ask, kinds, pass, ended: () => ended };
}

test("a session: opened, asked, answered, closed", (t) => {
  const { door, sent, open, ask, frame, kinds } = scene();
  open(9);
  t.like(sent.splice(0)[0], {
    kind: frameKinds.OPENED,
    session: 9,
    payload: new Uint8Array([1, 0]),
  });
  ask(9, 0, "what");
  t.deepEqual(
    sent
      .splice(0)
      .map(({ kind, sequence, payload }) => [kind, sequence, new TextDecoder().decode(payload)]),
    [
      [frameKinds.ACK, 1, ""],
      [frameKinds.DATA, 0, "WHAT"],
    ],
  );
  frame(frameKinds.ACK, 9, 1);
  t.is(door.deadline, Infinity);
  frame(frameKinds.CLOSE, 9);
  t.is(door.present, 0);
  t.deepEqual(kinds(), []);
});

test("OPEN twice is one session, and a request that comes twice is carried out once", (t) => {
  const { asked, open, ask, kinds } = scene();
  open(9);
  ask(9, 0, "kill");
  open(9);
  ask(9, 0, "kill");
  t.deepEqual(asked, ["kill"]);
  t.deepEqual(kinds(), [
    frameKinds.OPENED,
    frameKinds.ACK,
    frameKinds.DATA,
    frameKinds.OPENED,
    frameKinds.ACK,
  ]);
});

test("the end of each session is told once, whoever ends it", (t) => {
  const { open, frame, ended } = scene();
  open(1);
  open(1);
  t.is(ended(), 0);
  open(2);
  t.is(ended(), 1, "another host");
  frame(frameKinds.CLOSE, 1);
  t.is(ended(), 1, "it is over already");
  frame(frameKinds.CLOSE, 2);
  t.is(ended(), 2);
  frame(frameKinds.CLOSE, 2);
  t.is(ended(), 2);
});

test("the newest host wins; the older one learns it when it speaks", (t) => {
  const { door, asked, sent, open, ask } = scene();
  open(1);
  open(2);
  t.is(door.present, 2);
  sent.length = 0;
  ask(1, 0, "old");
  t.like(sent.splice(0)[0], { kind: frameKinds.CLOSE, session: 1 });
  ask(2, 0, "new");
  t.deepEqual(asked, ["new"]);
});

test("without a session nothing is carried out", (t) => {
  const { door, asked, open, ask, frame, kinds } = scene();
  ask(5, 0, "kill");
  open(0);
  frame(frameKinds.ACK, 5, 1);
  frame(frameKinds.CLOSE, 5);
  t.deepEqual(asked, []);
  t.deepEqual(kinds(), [frameKinds.CLOSE]);
  t.is(door.present, 0);
});

test("a host that is gone: its answer is sent again a few times, then all is forgotten", (t) => {
  const { door, open, ask, kinds, pass } = scene();
  open(9);
  ask(9, 0, "what");
  kinds();
  let data = 0;
  for (let step = 0; step < 2 ** TRIES; step++) {
    pass(AGAIN);
    data += kinds().filter((kind) => kind === frameKinds.DATA).length;
  }
  t.is(data, TRIES - 1);
  t.is(door.present, 0);
  t.is(door.deadline, Infinity);
});

test("an answer that comes after its session's end goes nowhere", (t) => {
  const sent: Uint8Array[] = [];
  let late: (message: Uint8Array) => void = () => t.fail();
  const door = new Door({
    transmit: (bytes) => void sent.push(bytes),
    request: (_message, answer) => {
      late = answer;
    },
    over: () => undefined,
    now: () => 0,
  });
  const payload = new Uint8Array([1, 0]);
  const head = { flags: frameFlags.END, session: 3, sequence: 0 };
  door.receive(encodeFrame({ ...head, kind: frameKinds.OPEN, payload }));
  door.receive(encodeFrame({ ...head, kind: frameKinds.DATA, payload: text("slow") }));
  door.receive(encodeFrame({ ...head, session: 4, kind: frameKinds.OPEN, payload }));
  const before = sent.length;
  late(text("too late"));
  t.is(sent.length, before);
});

test("whatever came before, a host with manners is served", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc
            .record({
              kind: fc.integer({ min: 0, max: 6 }),
              flags: fc.integer({ min: 0, max: 3 }),
              session: fc.integer({ min: 0, max: 3 }),
              sequence: fc.integer({ min: 0, max: 12 }),
              payload: fc.uint8Array({ maxLength: 30 }),
              cut: fc.nat(60),
            })
            .map(({ cut, ...frame }) => encodeFrame(frame).subarray(0, cut < 16 ? cut : undefined)),
        ),
        { maxLength: 30 },
      ),
      (pieces) => {
        const { door, asked, sent, open, ask } = scene();
        for (const piece of pieces) door.receive(piece);
        door.receive(filler());
        sent.length = 0;
        open(77);
        ask(77, 0, "hello");
        t.is(asked.at(-1), "hello");
        t.true(sent.some((each) => new TextDecoder().decode(each.payload) === "HELLO"));
      },
    ),
  );
});
