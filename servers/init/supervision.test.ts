import test from "ava";
import fc from "fast-check";
import {
  BACK_OFF,
  BACK_OFF_LIMIT,
  HOLD,
  STABLE,
  STOP_WITHIN,
  type RestartRule,
  type SupervisionEvent,
  supervise,
  supervised,
} from "./supervision.ts";

const SECOND = 1e9;
const WINDOW = 10 * SECOND;
const RESTARTS_IN_WINDOW = 5;
const rule = (when: RestartRule["when"]): RestartRule => ({ when, most: 5, window: WINDOW });
const kindsOf = (effects: readonly { kind: string }[]) => effects.map((effect) => effect.kind);

test("start, ready, and the deadline no longer counts", (t) => {
  const server = supervised("netd", rule("always"), 2 * SECOND);
  t.deepEqual(supervise(server, 0, { kind: "start" }), [{ kind: "launch" }]);
  t.is(server.at, 2 * SECOND);
  supervise(server, SECOND, { kind: "ready" });
  t.is(server.phase, "running");
  t.deepEqual(supervise(server, 5 * SECOND, { kind: "time" }), []);
});

test("a start deadline that a leap of the clock has passed is set anew", (t) => {
  const server = supervised("netd", rule("always"), 2 * SECOND);
  supervise(server, 0, { kind: "start" });
  const leapt = 1e16;
  t.deepEqual(supervise(server, leapt, { kind: "time" }), []);
  t.is(server.at, leapt + 2 * SECOND);
  t.deepEqual(kindsOf(supervise(server, leapt + 2 * SECOND, { kind: "time" })), ["terminate"]);
});

test("a server that is not ready in time is killed and started again", (t) => {
  const server = supervised("netd", rule("always"), 2 * SECOND);
  supervise(server, 0, { kind: "start" });
  t.deepEqual(supervise(server, 2 * SECOND, { kind: "time" }), [
    { kind: "terminate", reason: "not ready 2 s after its start", within: STOP_WITHIN },
  ]);
  const end = 2 * SECOND + STOP_WITHIN;
  t.deepEqual(supervise(server, end - 1, { kind: "time" }), [], "time to flush");
  t.deepEqual(kindsOf(supervise(server, end, { kind: "time" })), ["kill"]);
  t.deepEqual(supervise(server, end, { kind: "time" }), [], "killed once");
  supervise(server, end, { kind: "ready" });
  t.is(server.phase, "ending", "too late");
  supervise(server, 2 * SECOND, { kind: "ended", ending: "failure" });
  t.is(server.phase, "back-off");
});

test("pauses double from 100 ms; a stable run makes them short again", (t) => {
  const server = supervised("netd", rule("always"), SECOND);
  let now = 0;
  supervise(server, now, { kind: "start" });
  const pauses: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    now += 4 * SECOND;
    supervise(server, now, { kind: "ended", ending: "failure" });
    pauses.push(server.at - now);
    now = server.at;
    t.deepEqual(kindsOf(supervise(server, now, { kind: "time" })), ["launch"]);
  }
  t.deepEqual(pauses.slice(0, 4), [BACK_OFF, 2 * BACK_OFF, 4 * BACK_OFF, 8 * BACK_OFF]);
  t.is(pauses[11], BACK_OFF_LIMIT);
  supervise(server, now, { kind: "ready" });
  now += STABLE;
  supervise(server, now, { kind: "ended", ending: "failure" });
  t.is(server.at - now, BACK_OFF);
});

test("five restarts in ten seconds, then a hold; `clear` ends it", (t) => {
  const server = supervised("bad", rule("always"), SECOND);
  let now = 0;
  supervise(server, now, { kind: "start" });
  for (let round = 0; round < RESTARTS_IN_WINDOW; round += 1) {
    supervise(server, now, { kind: "ended", ending: "failure" });
    t.is(server.phase, "back-off");
    now = server.at;
    supervise(server, now, { kind: "time" });
  }
  t.true(now < WINDOW);
  supervise(server, now, { kind: "ended", ending: "failure" });
  t.is(server.phase, "held");
  t.is(server.at, now + HOLD);
  t.deepEqual(kindsOf(supervise(server, now + 1, { kind: "clear" })), ["launch"]);
  supervise(server, now + 2, { kind: "ended", ending: "failure" });
  t.is(server.at, now + 2 + BACK_OFF, "the history is gone");
});

test("restart classes", (t) => {
  const phase = (when: RestartRule["when"], ending: "success" | "failure") => {
    const server = supervised("a", rule(when), SECOND);
    supervise(server, 0, { kind: "start" });
    supervise(server, 0, { kind: "ended", ending });
    return server.phase;
  };
  t.is(phase("always", "success"), "back-off");
  t.is(phase("failure", "success"), "stopped");
  t.is(phase("failure", "failure"), "back-off");
  t.is(phase("never", "failure"), "stopped");
});

test("restart and stop by an operator", (t) => {
  const server = supervised("a", rule("always"), SECOND);
  supervise(server, 0, { kind: "start" });
  supervise(server, 0, { kind: "ready" });
  t.deepEqual(kindsOf(supervise(server, 1, { kind: "restart" })), ["terminate"]);
  t.deepEqual(supervise(server, 1, { kind: "restart" }), [], "asked twice, told once");
  t.deepEqual(kindsOf(supervise(server, 2, { kind: "ended", ending: "success" })), ["launch"]);
  t.deepEqual(kindsOf(supervise(server, 3e8, { kind: "stop" })), ["terminate"]);
  supervise(server, 3e8, { kind: "ended", ending: "failure" });
  t.is(server.phase, "stopped");
  t.deepEqual(kindsOf(supervise(server, 4e8, { kind: "restart" })), ["launch"]);
});

test("a server that fell silent is told, killed, and counts as failed however it ends", (t) => {
  const server = supervised("a", rule("failure"), SECOND, SECOND);
  supervise(server, 0, { kind: "start" });
  t.deepEqual(supervise(server, 0, { kind: "silent", time: SECOND }), [], "not while it starts");
  supervise(server, 0, { kind: "ready" });
  t.deepEqual(supervise(server, 1, { kind: "silent", time: 3 * SECOND }), [
    { kind: "terminate", reason: "it did not answer for 3 s", within: SECOND },
  ]);
  supervise(server, 2, { kind: "ended", ending: "success" });
  t.is(server.phase, "back-off");
});

test("a server that ends while one that it needs is away waits for it, and that is no restart of its own", (t) => {
  const server = supervised("dev", rule("always"), SECOND);
  supervise(server, 0, { kind: "start" });
  for (let round = 1; round < 20; round += 1) {
    supervise(server, round, { kind: "ready" });
    supervise(server, round, { kind: "ended", ending: "failure", lacks: "pci" });
    t.is(server.phase, "lacking");
    t.deepEqual(kindsOf(supervise(server, round, { kind: "needs-met" })), ["launch"]);
  }
  t.deepEqual(server.restarts, []);
  supervise(server, 20, { kind: "ended", ending: "failure", lacks: "pci" });
  t.deepEqual(kindsOf(supervise(server, 20 + HOLD, { kind: "time" })), ["launch"], "not for ever");
});

test("whatever happens, the launches of an unattended server keep to the limit", (t) => {
  const event: fc.Arbitrary<SupervisionEvent> = fc.oneof(
    fc.constant<SupervisionEvent>({ kind: "ready" }),
    fc.constant<SupervisionEvent>({ kind: "ended", ending: "failure" }),
    fc.constant<SupervisionEvent>({ kind: "start-failed", reason: "no memory" }),
    fc.constant<SupervisionEvent>({ kind: "time" }),
  );
  const step = fc.tuple(event, fc.integer({ min: 0, max: 3e9 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 200 }), (steps) => {
      const server = supervised("a", rule("always"), SECOND);
      const launches: number[] = [];
      let now = 0;
      supervise(server, now, { kind: "start" });
      for (const [what, wait] of steps) {
        now = wait % 2 === 0 && server.at !== Infinity ? Math.max(now, server.at) : now + wait;
        const alive = ["starting", "running", "ending"].includes(server.phase);
        if ((what.kind === "ended" || what.kind === "start-failed") && !alive) continue;
        for (const effect of supervise(server, now, what))
          if (effect.kind === "launch") launches.push(now);
        const last = launches.length - 1 - RESTARTS_IN_WINDOW;
        if (last >= 0)
          t.true((launches[launches.length - 1] as number) - (launches[last] as number) >= WINDOW);
      }
    }),
    { numRuns: 300 },
  );
});

test("a server on demand ends without a word and starts when it is asked for again", (t) => {
  const server = supervised("tape", { ...rule("never"), demand: true }, SECOND);
  for (let round = 0; round < 20; round += 1) {
    t.deepEqual(kindsOf(supervise(server, round, { kind: "start" })), ["launch"]);
    supervise(server, round, { kind: "ready" });
    t.deepEqual(supervise(server, round, { kind: "ended", ending: "failure" }), []);
    t.is(server.phase, "stopped");
  }
});
