import test from "ava";
import { answered, healthy, LOOK, look, ROUND, STIR } from "./health.ts";

const SECOND = 1e9;
const WITHIN = 10 * SECOND;

test("who did nothing since the last look is asked once in a round", (t) => {
  const health = healthy();
  const idle = { cpuTime: 7e6, queued: 0 };
  const asked: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const verdict = look(health, round * LOOK, WITHIN, idle);
    t.not(verdict.kind, "silent");
    if (verdict.kind !== "ask") continue;
    asked.push(round);
    answered(health, verdict.number);
  }
  t.deepEqual(asked, [0, ROUND, 2 * ROUND, 3 * ROUND]);
});

test("whoever worked or has messages waiting is asked, and silence is measured from the question", (t) => {
  const health = healthy();
  answered(
    health,
    (look(health, 0, WITHIN, { cpuTime: 0, queued: 0 }) as { number: number }).number,
  );
  t.is(look(health, LOOK, WITHIN, { cpuTime: STIR - 1, queued: 0 }).kind, "well");
  const seen = { cpuTime: STIR - 1, queued: 3 };
  t.deepEqual(look(health, 2 * LOOK, WITHIN, seen), { kind: "ask", number: 2 });
  answered(health, 1);
  t.deepEqual(
    look(health, 2 * LOOK + WITHIN - 1, WITHIN, seen),
    { kind: "ask", number: 2 },
    "an old answer says nothing, and the question may have been lost: it is repeated",
  );
  t.deepEqual(look(health, 2 * LOOK + WITHIN, WITHIN, seen), { kind: "silent", time: WITHIN });
  answered(health, 2);
  t.is(look(health, 3 * LOOK + WITHIN, WITHIN, { cpuTime: 1e9, queued: 0 }).kind, "ask");
});

test("a leap of the clock between two looks is not silence", (t) => {
  const health = healthy();
  const seen = { cpuTime: 0, queued: 1 };
  t.is(look(health, 0, WITHIN, seen).kind, "ask");
  const leapt = 1e16;
  t.is(look(health, leapt, WITHIN, seen).kind, "ask");
  t.is(look(health, leapt + LOOK, WITHIN, seen).kind, "silent", "5 s and 5 s without it");
});

test("0 in the manifest: never asked", (t) => {
  const health = healthy();
  for (let round = 0; round < 30; round += 1)
    t.is(look(health, round * LOOK, 0, { cpuTime: round * 1e9, queued: 9 }).kind, "well");
});
