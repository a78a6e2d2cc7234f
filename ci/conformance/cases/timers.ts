// Timers and the deadline of a wait.
import { type Case, equal, is, test } from "../case.ts";
import { TestPort } from "../port.ts";
import { close, must, second, sys } from "../system.ts";

const MS = 1_000_000;

export const timerCases: Case[] = [
  test("a wait ends at its deadline with nothing", async () => {
    const port = new TestPort();
    const until = sys("clock") + 2 * MS;
    const { bytes, now } = await port.wait(until);
    equal(bytes, 0, "bytes of events");
    is(now >= until, "now is not before the deadline");
    port.close();
  }),
  test("a deadline in the past polls", async () => {
    const port = new TestPort();
    equal((await port.wait(1)).bytes, 0, "bytes of events");
    port.close();
  }),
  test("a timer fires at its deadline, with its key", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 9);
    const until = sys("clock") + 2 * MS;
    must("timer_set", timer, until);
    const event = await port.next("TIMER");
    equal(event.key, 9, "key");
    is(sys("clock") >= until, "not early");
    close(timer);
    port.close();
  }),
  test("a timer set to the past fires at once", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 1);
    must("timer_set", timer, 1);
    await port.next("TIMER", 1);
    close(timer);
    port.close();
  }),
  test("a timer fires once", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 1);
    must("timer_set", timer, 1);
    await port.next("TIMER", 1);
    await port.quiet();
    close(timer);
    port.close();
  }),
  test("a disarmed timer does not fire", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 1);
    must("timer_set", timer, sys("clock") + MS);
    must("timer_set", timer, -1);
    await port.wait(sys("clock") + 3 * MS);
    await port.quiet();
    close(timer);
    port.close();
  }),
  test("setting a timer again moves its deadline", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 1);
    const start = sys("clock");
    must("timer_set", timer, start + MS);
    must("timer_set", timer, start + 4 * MS);
    await port.next("TIMER", 1);
    is(sys("clock") >= start + 4 * MS, "not at the first deadline");
    close(timer);
    port.close();
  }),
  test("a timer that fired before it was bound tells when it is", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    must("timer_set", timer, 1);
    await port.wait(sys("clock") + MS);
    port.bind(timer, 3);
    await port.next("TIMER", 3);
    close(timer);
    port.close();
  }),
  test("timers fire in the order of their deadlines", async () => {
    const port = new TestPort();
    const start = sys("clock") + 100 * MS; // all are set by then, on a busy host too
    const timers = [3, 1, 2].map((n) => {
      const timer = must("timer_create");
      port.bind(timer, n);
      must("timer_set", timer, start + n * MS);
      return timer;
    });
    const order: number[] = [];
    while (order.length < 3) order.push((await port.next("TIMER")).key);
    equal(order, [1, 2, 3], "order");
    close(...timers);
    port.close();
  }),
  test("closing an armed timer disarms it", async () => {
    const port = new TestPort();
    const timer = must("timer_create");
    port.bind(timer, 1);
    must("timer_set", timer, sys("clock") + MS);
    close(timer);
    await port.wait(sys("clock") + 3 * MS);
    await port.quiet();
    port.close();
  }),
  test("the clock runs forward, and the wait's header shows it", async () => {
    const port = new TestPort();
    const before = sys("clock");
    const wall = second();
    const { now } = await port.wait(0);
    is(now >= before, "now is not before");
    is(sys("clock") >= now, "clock is not before now");
    is(wall === 0 || second() >= wall, "the date does not run backwards");
    port.close();
  }),
];
