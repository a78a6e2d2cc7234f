import test from "ava";
import { handled } from "../../sdk/contract/parked.ts";
import { type News, ServerEvents } from "./server-events.ts";

/** Events whose late answers are noted by the reply object of the question. */
function scene() {
  const answers: { [reply: number]: News } = {};
  const events = new ServerEvents((reply, news) => {
    answers[reply] = news;
  });
  const ask = (reply: number, after: number) => {
    handled.reply = reply;
    return events.after(after);
  };
  return { answers, events, ask };
}

test("who asks gets what is newer, or waits for it", (t) => {
  const { answers, events, ask } = scene();
  events.add("netd", "started");
  events.add("pci", "started");
  t.deepEqual(ask(1, 2 ** 53 - 1), { events: [], last: 2 });
  const newer = { events: [{ number: 2, server: "pci", what: "started" as const }], last: 2 };
  t.deepEqual(ask(1, 1), newer);
  ask(5, 2);
  ask(6, 2);
  t.deepEqual(answers, {});
  events.add("netd", "ended");
  const next: News = { events: [{ number: 3, server: "netd", what: "ended" }], last: 3 };
  t.deepEqual(answers, { 5: next, 6: next });
});

test("memory is bounded: old events go, and so do old questions", (t) => {
  const { answers, events, ask } = scene();
  for (let i = 0; i < 100; i += 1) events.add("netd", "ended");
  const all = ask(1, 0) as News;
  t.is(all.events.length, 32);
  t.is(all.events.at(-1)?.number, 100);
  for (let i = 1; i <= 33; i += 1) ask(i, 100);
  t.deepEqual(answers, { 1: { events: [], last: 100 } });
});

test("what is kept goes on elsewhere, with the questions that wait", (t) => {
  const first = scene();
  first.events.add("netd", "started");
  first.ask(9, 1);
  const second = scene();
  second.events.resume(first.events.keep());
  second.events.add("netd", "ended");
  t.deepEqual(second.answers, {
    9: { events: [{ number: 2, server: "netd", what: "ended" }], last: 2 },
  });
});
