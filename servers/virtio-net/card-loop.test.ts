// The loop of a shared card as its native thread runs it (kernels/card.tape): over rings and a device of the test, honest or not, with a client
// that is heard by the contract's own codec.
import { readFileSync } from "node:fs";
import test from "ava";
import fc from "fast-check";
import { events as types } from "../../sdk/abi/table.ts";
import { words as ids } from "../../sdk/runtime/native-layout.ts";
import { loopWords, said } from "./card-thread.ts";
import type { Offloads } from "./offloads.ts";
import { queueWords, words } from "./queue-state.ts";
import * as bench from "./testing/card-loop.ts";

const { BELLS, CLIENT, cardLoop, GO, INTERRUPT, OFF, post, SIZE, STOP, VECTOR, word } = bench;
const ACKNOWLEDGE = 25;
const NONE = new Uint32Array(0);
const plain: Offloads = {
  checks: false,
  receivesBig: false,
  merged: false,
  sendsBig: false,
  bufferBytes: 2048,
};

/** The device returns a buffer of a queue; false where it has none. */
function device(k: ReturnType<typeof cardLoop>) {
  const used = [0, 0];
  const done = [0, 0];
  const asked = (queue: 0 | 1) => k.ring.get16(k.places[queue].available + 4 + 2 * SIZE);
  return {
    /** `heard`: where it was asked to tell, as far as it has seen; whether it interrupts. */
    give(queue: 0 | 1, bytes = 72, heard = asked(queue)): boolean | undefined {
      const { available, used: at } = k.places[queue];
      if (done[queue] === k.ring.get16(available + 2)) return undefined;
      const slot = k.ring.get16(available + 4 + (done[queue]! & (SIZE - 1)) * 2);
      done[queue] = (done[queue]! + 1) & 0xffff;
      k.ring.set32(at + 4 + (used[queue]! & (SIZE - 1)) * 8, slot);
      k.ring.set32(at + 8 + (used[queue]! & (SIZE - 1)) * 8, bytes);
      const before = used[queue]!;
      used[queue] = (before + 1) & 0xffff;
      k.ring.set16(at + 2, used[queue]!);
      return heard === before;
    },
    /** It has no buffers, and says that it wants to hear of the next. */
    sleep: (queue: 0 | 1) => {
      const { available, used: at } = k.places[queue];
      k.ring.set16(at + 4 + 8 * SIZE, k.ring.get16(available + 2));
    },
  };
}

/** Frames of a message that came to the client; -1 for another. */
const arrived = (each: ReturnType<typeof bench.decoded>) =>
  each?.name === "arrived" ? (each.fields as { pieces: Uint8Array }).pieces.length / 12 : -1;

test("places and ids are the kernel's", (t) => {
  const text = readFileSync(new URL("kernels/card.tape", import.meta.url), "utf8");
  const found = Object.fromEntries(
    [...text.matchAll(/^let (\w+) = (\w+);/gm)].map((m) => [m[1]!, Number(m[2])]),
  );
  t.like(found, loopWords);
  t.like(found, said);
  const id = (name: string, value: object) =>
    new DataView(bench.encoded(name, value).buffer).getUint32(0, true);
  t.is(found["POST"], id("post", { taken: 0, packets: new Uint8Array(0) }));
  t.is(found["ARRIVED"], id("arrived", { pieces: new Uint8Array(0) }));
  t.is(found["SENT"], id("sent", { slots: 0 }));
});

test("nothing happens before the client has the pool; then what came before is seen", (t) => {
  const k = cardLoop(plain, true);
  const d = device(k);
  d.give(0);
  t.deepEqual(k.step([INTERRUPT]), []);
  t.deepEqual(k.took(), []);
  t.is(k.wake(), -1);
  const left = k.step([GO]);
  t.deepEqual(k.toClient(left).map(arrived), [1]);
  t.deepEqual(k.took()[0]!.slice(0, 2), [ACKNOWLEDGE, VECTOR.handle]);
  t.is(k.wake(), -1);
});

test("a packet leaves with one bell, and slots come back when few are free", (t) => {
  const k = cardLoop(plain, true);
  const d = device(k);
  k.step([GO]);
  k.took();
  const slot = () => k.state[words.HEAD]!;
  t.deepEqual(k.step([post(0, Uint32Array.of(slot(), 1, 60, 60, 0))]), []);
  t.deepEqual(k.bells(k.took()), [BELLS.sent]);
  // It has not asked to hear of the next one.
  t.deepEqual(k.step([post(0, Uint32Array.of(slot(), 1, 60, 60, 0))]), []);
  t.deepEqual(k.bells(k.took()), []);
  const two = [post(0, Uint32Array.of(2, 1, 60, 60, 0)), post(0, Uint32Array.of(3, 1, 60, 60, 0))];
  d.sleep(1);
  k.ring.set16(k.places[1].used + 4 + 8 * SIZE, 2);
  t.deepEqual(k.step(two), []);
  t.deepEqual(k.bells(k.took()), [BELLS.sent]);
  k.step([post(0, Uint32Array.of(4, 1, 60, 60, 0))]);
  let told = false;
  for (let n = 0; n < 5; n++) told = d.give(1) === true || told;
  t.true(told);
  const [sent] = k.toClient(k.step([INTERRUPT]));
  t.deepEqual(sent as object, { name: "sent", fields: { slots: 5 } as never });
});

test("what it does not know goes to the driver as it came, traced or not", (t) => {
  const k = cardLoop(plain, true);
  k.step([GO]);
  const call = { key: CLIENT.key, type: types.CALL, reply: 90, handles: [91], payload: word(1234) };
  const other = { key: 12, payload: word(0x89e7fa47) };
  const left = k.step([call, other]);
  t.deepEqual(k.toOwner(left), [ids.FORWARD, ids.FORWARD]);
  t.deepEqual(
    left.map(({ handles }) => handles),
    [[91, 90], []],
  );
  t.deepEqual(
    [...new Uint32Array(left[0]!.payload.slice().buffer)],
    [ids.FORWARD, types.CALL, CLIENT.key, 0, 1234],
  );
  // What the driver has no room for is sent again, and then a longer list with it; what nobody gets is closed.
  const again = k.step([], () => -7);
  t.deepEqual(again, left);
  t.true(k.wake() > k.at());
  t.deepEqual(
    k.step([], () => -8),
    [],
  );
  const closed = k.took().filter(([number]) => number === 1);
  t.deepEqual(
    closed.map(([, handle]) => handle),
    [91, 90],
  );
  const traced = post(0, Uint32Array.of(0, 1, 60, 60, 0));
  const payload = new Uint8Array([1, 0, 0, 0, 9, 0, 0, 0, ...traced.payload!]);
  t.deepEqual(k.step([{ key: CLIENT.key, payload }]), []);
  t.is(k.state[words.SENT], 1);
});

test("a client that says what cannot be is refused, and heard no more", (t) => {
  const bad = [
    post(1, NONE),
    post(0, Uint32Array.of(1, 1, 60, 60, 0)),
    post(0, Uint32Array.of(0, 1, 60, 60)),
    {
      key: CLIENT.key,
      payload: bench.encoded("post", { taken: 0, packets: new Uint8Array(20) }).slice(0, 20),
    },
    { key: CLIENT.key, payload: word(0x89e7fa47) },
  ];
  for (const [n, each] of bad.entries()) {
    const k = cardLoop(plain, true);
    k.step([GO]);
    t.deepEqual(k.toOwner(k.step([each])), [said.REFUSE], `${n}`);
    k.took();
    t.deepEqual(k.step([INTERRUPT, post(0, Uint32Array.of(0, 1, 60, 60, 0))]), [], `${n}`);
    t.deepEqual(k.took(), [], `${n}`);
    t.deepEqual(k.toOwner(k.step([OFF])), [said.IS_OFF]);
  }
  const k = cardLoop(plain, true);
  const d = device(k);
  k.step([GO]);
  d.give(0);
  t.deepEqual(k.toClient(k.step([INTERRUPT])).map(arrived), [1]);
  t.deepEqual(k.toOwner(k.step([], (to) => (to === CLIENT.handle ? -7 : 0))), [said.REFUSE]);
});

test("the end of the client, or of the code, comes at a whole state", (t) => {
  const k = cardLoop(plain, true);
  const d = device(k);
  k.step([GO]);
  const left = k.step([{ key: CLIENT.key, type: types.CLOSED }, INTERRUPT]);
  t.deepEqual(k.toOwner(left), [ids.FORWARD]);
  d.give(0);
  t.deepEqual(k.step([INTERRUPT]), []);
  t.deepEqual(k.toOwner(k.step([OFF])), [said.IS_OFF]);
  t.deepEqual(k.toClient(k.step([GO])).map(arrived), [1]);
  t.false(k.ended());
  const last = k.step([STOP, post(0, Uint32Array.of(0, 1, 60, 60, 0))]);
  t.deepEqual(k.toOwner(last), [ids.STOPPED]);
  t.true(k.ended());
  t.is(k.state[words.SENT], 1);
});

test("an honest device and a client that answers: no frame stays unseen, none too many is out", (t) => {
  let frames = 0;
  let steps = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(999), { minLength: 20, maxLength: 200 }), (dice) => {
      const k = cardLoop(plain, true);
      const d = device(k);
      let [came, seen, unanswered] = [0, 0, 0];
      let interrupt = true;
      let asleep = false;
      let late = 0;
      const give = (heard?: number) => {
        if (asleep) return;
        const told = d.give(0, 72, heard);
        if (told === undefined) {
          d.sleep(0);
          asleep = true;
          return;
        }
        came += 1;
        interrupt ||= told;
      };
      // Between what was written and what is read behind the fence, the device sees the ring as it was or as it is.
      k.onFence(() => {
        if ((late & 1) !== 0) give();
        late >>= 1;
      });
      const take = (list: Parameters<typeof k.step>[0]) => {
        for (const each of k.toClient(k.step(list))) {
          if (arrived(each) < 0) continue;
          seen += arrived(each);
          unanswered += 1;
        }
        if (unanswered > 2) throw new Error(`${unanswered} batches are out`);
        if (k.bells(k.took()).includes(BELLS.received)) asleep = false;
        steps += 1;
      };
      take([GO]);
      interrupt = false;
      for (const die of dice) {
        late = die >> 3;
        if (die % 8 < 3) give();
        else if (die % 8 < 5 && interrupt) {
          interrupt = false;
          take([INTERRUPT]);
        } else if (die % 8 < 7 && unanswered > 0) {
          const taken = 1 + (die % unanswered);
          unanswered -= taken;
          take([post(taken, NONE)]);
        } else if (k.wake() === 0) take([]);
      }
      late = 0;
      for (let rounds = 0; interrupt || unanswered > 0 || k.wake() === 0; rounds++) {
        if (rounds > 1000) return false;
        const list = unanswered > 0 ? [post(unanswered, NONE)] : [];
        unanswered = 0;
        if (interrupt) list.push(INTERRUPT);
        interrupt = false;
        take(list);
      }
      frames += came;
      const posted = k.state[words.RECEIVE + queueWords.POSTED]!;
      return seen === came && (!asleep || posted === k.ring.get16(k.places[0].available + 2));
    }),
    { numRuns: 300 },
  );
  t.true(frames > 1000 && steps > 1000, `${frames} ${steps}`);
});

test("a device that lies ends it all, whatever it says and whoever speaks", (t) => {
  let lies = 0;
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(5),
          fc.oneof(fc.constantFrom(2, 4, 8), fc.nat(4 + 8 * SIZE)),
          fc.nat(0xffff),
        ),
        { maxLength: 60 },
      ),
      fc.boolean(),
      (deeds, byIndex) => {
        const k = cardLoop(plain, byIndex);
        const d = device(k);
        k.step([GO]);
        let lied = false;
        for (const [kind, at, value] of deeds) {
          // Descriptors and the available rings are the driver's; the device writes what it has been given.
          const { used } = k.places[value % 2 === 0 ? 0 : 1];
          if (kind === 0) k.ring.set16(used + (at % (4 + 8 * SIZE)), value);
          else if (kind === 1) d.give(0, value);
          const list =
            kind === 2
              ? [INTERRUPT]
              : kind === 3
                ? [post(0, Uint32Array.of(k.state[words.HEAD]!, 1, 60, 60, 0))]
                : [];
          const left = k.step(list);
          const owner = k.toOwner(left);
          if (lied && left.length > 0 && owner.length !== left.length) return false;
          lied ||= owner.includes(said.LIED);
          for (const each of k.toClient(left)) if (each === undefined) return false;
        }
        lies += Number(lied);
        return true;
      },
    ),
    { numRuns: 500 },
  );
  t.true(lies > 20, `${lies}`);
});
