import test from "ava";
import fc from "fast-check";
import { Failure, failures } from "../contract/failure.ts";
import { Happenings } from "./happenings.ts";
import { EVENTS, FIRST_METHOD } from "./serve-numbers.ts";

/** A queue, and a way to make calls whose answers are kept by their number. */
function scene() {
  const happenings = new Happenings();
  const answers: (object | Failure)[][] = [];
  const call = () => {
    const got: (object | Failure)[] = [];
    answers.push(got);
    const answer = (reply: object | Failure) => void got.push(reply);
    happenings.add({ kind: FIRST_METHOD, value: {}, caller: `c${answers.length}`, answer });
  };
  return { happenings, answers, call };
}

test("each call is answered once, whatever the program does", (t) => {
  const steps = fc.constantFrom("call", "next", "answer", "refuse", "timer", "event");
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (list) => {
      const { happenings, answers, call } = scene();
      for (const step of list) {
        if (step === "call") call();
        else if (step === "next") happenings.next();
        else if (step === "answer") happenings.settle({});
        else if (step === "refuse") happenings.refuse("no");
        else if (step === "timer") happenings.due(EVENTS.timer, 1);
        else happenings.add({ kind: EVENTS.news, value: {}, caller: "", answer: undefined });
      }
      while (!happenings.empty) happenings.next();
      happenings.settle({});
      for (const got of answers) t.is(got.length, 1);
    }),
    { numRuns: 300 },
  );
});

test("answers go to their call: its reply, its refusal, or a fault when there was none", (t) => {
  const { happenings, answers, call } = scene();
  for (let i = 0; i < 3; i += 1) call();
  happenings.next();
  t.is(happenings.caller, "c1");
  happenings.settle({ a: 1 });
  happenings.next();
  happenings.refuse("not today");
  happenings.settle({ a: 2 });
  happenings.next();
  happenings.next();
  t.deepEqual(answers[0], [{ a: 1 }]);
  t.like(answers[1]?.[0], { code: failures.INVALID, sentence: "not today" });
  t.like(answers[2]?.[0], { code: failures.SERVER_FAULT });
});

test("a timer waits once, and not when it was cancelled; too many calls are refused", async (t) => {
  const { happenings, answers, call } = scene();
  const arrival = happenings.arrival();
  happenings.due(EVENTS.timer, 4);
  happenings.due(EVENTS.timer, 4);
  happenings.due(EVENTS.timer, 5);
  await arrival;
  happenings.drop(EVENTS.timer, 5);
  t.is(happenings.next()?.value, 4);
  t.true(happenings.empty);
  for (let i = 0; i < 300; i += 1) call();
  const busy = answers.filter(
    ([first]) => first instanceof Failure && first.code === failures.BUSY,
  );
  t.is(busy.length, 300 - 256);
});
