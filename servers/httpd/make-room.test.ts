// Where all places are taken, the longest silent one goes, and nobody who is being answered.
import test from "ava";
import { makeRoom } from "./make-room.ts";

const SECOND = 1_000_000_000;
const NOW = 100 * SECOND;

/** Connections by the seconds of their silence, and which of them have left. */
function talks(...silences: (number | undefined)[]) {
  const left: number[] = [];
  const all = silences.map((silence, index) => ({
    silentSince: silence === undefined ? undefined : NOW - silence * SECOND,
    leave: () => void left.push(index),
  }));
  return { all, left };
}

test("the longest silent one leaves, and no other", (t) => {
  const { all, left } = talks(2, undefined, 5, 3, 1);
  t.true(makeRoom(all, NOW));
  t.deepEqual(left, [2]);
});

test("who is being answered stays, and who has only come", (t) => {
  const { all, left } = talks(undefined, 0.5, 0.9, undefined);
  t.false(makeRoom(all, NOW));
  t.deepEqual(left, []);
  t.false(makeRoom([], NOW));
});
