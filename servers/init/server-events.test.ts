import test from "ava";
import { ServerEvents } from "./server-events.ts";

test("who asks gets what is newer, or waits for it", async (t) => {
  const events = new ServerEvents();
  events.add("netd", "started");
  events.add("pci", "started");
  t.deepEqual(events.after(2 ** 53 - 1), { events: [], last: 2 });
  t.deepEqual(events.after(1), {
    events: [{ number: 2, server: "pci", what: "started" }],
    last: 2,
  });
  const waiting = [events.after(2), events.after(2)];
  events.add("netd", "ended");
  const next = { events: [{ number: 3, server: "netd", what: "ended" }], last: 3 };
  t.deepEqual(await Promise.all(waiting), [next, next]);
});

test("memory is bounded: old events go, and so do old questions", async (t) => {
  const events = new ServerEvents();
  for (let i = 0; i < 100; i += 1) events.add("netd", "ended");
  const all = await events.after(0);
  t.is(all.events.length, 32);
  t.is(all.events.at(-1)?.number, 100);
  const first = events.after(100);
  for (let i = 0; i < 32; i += 1) void events.after(100);
  t.deepEqual(await first, { events: [], last: 100 });
});
