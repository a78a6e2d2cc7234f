// Calls and their ends: the table of docs/abi.md, cell by cell. The receiver is another endpoint of this process, or a child where
// a process has to die.
import { limits, rights } from "../../../sdk/abi/table.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child } from "../child.ts";
import { asText, ascii, call, cancel, reply, send } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { orders } from "../puppet.ts";
import { close, code, must, restricted, sys, without } from "../system.ts";

const MS = 1_000_000;
const KEY = 5;
const COOKIE = 0x1234_5678_9abc;
const CALL = 2;

function wired(
  name: string,
  run: (port: TestPort, near: number, far: number) => Promise<void>,
): Case {
  return test(name, async () => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, KEY);
    await run(port, near, far);
    sys("handle_close", near);
    sys("handle_close", far);
    port.close();
  });
}

/** Makes a call and has it taken: its reply handle. */
async function taken(port: TestPort, near: number, more = {}): Promise<number> {
  await port.deliver(call(near, port.handle, COOKIE, more));
  return (await port.next("CALL", KEY)).reply;
}

/** The end of the call must have this status. */
async function ends(port: TestPort, status: number, what: string): Promise<void> {
  const event = await port.next("REPLY", COOKIE);
  equal(event.status, status, what);
}

export const callCases: Case[] = [
  wired("a call arrives with a reply handle, and its reply comes back", async (port, near) => {
    await port.deliver(call(near, port.handle, COOKIE, { payload: ascii("ask") }));
    const got = await port.next("CALL", KEY);
    equal(asText(got.payload), "ask", "request");
    is(got.reply > 0, "a reply handle");
    await port.deliver(reply(got.reply, ascii("answer")));
    const end = await port.next("REPLY", COOKIE);
    equal([end.status, asText(end.payload)], [0, "answer"], "reply");
  }),
  wired("handles travel in the request and in the reply", async (port, near) => {
    const there = must("memory_create", 4096, 0);
    await port.deliver(call(near, port.handle, COOKIE, { handles: [{ handle: there }] }));
    const got = await port.next("CALL", KEY);
    equal(must("memory_info", got.handles[0] as number), 4096, "in the request");
    await port.deliver(reply(got.reply, undefined, [{ handle: got.handles[0] as number }]));
    const end = await port.next("REPLY", COOKIE);
    equal(must("memory_info", end.handles[0] as number), 4096, "in the reply");
    close(end.handles[0] as number);
  }),
  wired("a reply of 4,096 bytes comes back whole", async (port, near) => {
    const handle = await taken(port, near);
    await port.deliver(reply(handle, new Uint8Array(limits.MESSAGE_BYTES).fill(3)));
    const end = await port.next("REPLY", COOKIE);
    is(end.payload.length === 4096 && end.payload.every((b) => b === 3), "4,096 bytes");
  }),
  wired("a reply handle is used up by its reply", async (port, near) => {
    const handle = await taken(port, near);
    const statuses = await port.submit(reply(handle), reply(handle));
    equal(statuses[0], 0, "the first");
    refused(statuses[1] as number, "BAD_HANDLE", "the second");
    await ends(port, 0, "the reply");
  }),
  wired("a reply that is too large leaves the reply handle", async (port, near) => {
    const handle = await taken(port, near);
    const [status] = await port.submit(reply(handle, new Uint8Array(4097)));
    refused(status as number, "TOO_LARGE", "4,097 bytes");
    await port.deliver(reply(handle));
    await ends(port, 0, "the reply");
  }),
  wired("calls are told apart by their cookies", async (port, near) => {
    await port.deliver(call(near, port.handle, 11), call(near, port.handle, 12));
    const first = await port.next("CALL", KEY);
    const other = await port.next("CALL", KEY);
    await port.deliver(reply(other.reply, ascii("2")), reply(first.reply, ascii("1")));
    equal(asText((await port.next("REPLY", 11)).payload), "1", "call 11");
    equal(asText((await port.next("REPLY", 12)).payload), "2", "call 12");
  }),
  wired("a reply handle can be passed on; who holds it answers", async (port, near) => {
    const handle = await taken(port, near);
    const [a, b] = channel();
    port.bind(b, 6);
    await port.deliver(send(a, undefined, [{ handle }]));
    const passed = (await port.next("MESSAGE", 6)).handles[0] as number;
    await port.deliver(reply(passed, ascii("third")));
    equal(asText((await port.next("REPLY", COOKIE)).payload), "third", "reply");
    close(a, b);
  }),
  wired("a reply handle can't be copied into two", async (port, near) => {
    const handle = await taken(port, near);
    const copy = sys("handle_duplicate", handle, rights.ALL, 0);
    await port.deliver(reply(handle));
    await ends(port, 0, "the reply");
    if (copy > 0) {
      const [status] = await port.submit(reply(copy));
      is((status as number) < 0, "a second reply is refused");
      sys("handle_close", copy);
    }
  }),
  wired("queued, and the peer closes: PEER_CLOSED", async (port, near, far) => {
    must("bind", far, 0, 0);
    await port.deliver(call(near, port.handle, COOKIE));
    close(far);
    await ends(port, code("PEER_CLOSED"), "the call");
  }),
  wired("taken, and the reply handle is closed: MAYBE_EXECUTED", async (port, near) => {
    close(await taken(port, near));
    await ends(port, code("MAYBE_EXECUTED"), "the call");
  }),
  wired("taken, and the endpoint closes: the reply still comes", async (port, near, far) => {
    const handle = await taken(port, near);
    close(far);
    await port.deliver(reply(handle, ascii("late")));
    equal(asText((await port.next("REPLY", COOKIE)).payload), "late", "reply");
  }),
  wired(
    "queued, and the deadline passes: TIMED_OUT, and nobody takes it",
    async (port, near, far) => {
      must("bind", far, 0, 0);
      const deadline = sys("clock") + MS;
      await port.deliver(call(near, port.handle, COOKIE, { deadline }));
      await ends(port, code("TIMED_OUT"), "the call");
      port.bind(far, KEY);
      await port.quiet();
    },
  ),
  wired(
    "taken, and the deadline passes: TIMED_OUT; a later reply is CANCELLED",
    async (port, near) => {
      const handle = await taken(port, near, { deadline: sys("clock") + MS });
      await ends(port, code("TIMED_OUT"), "the call");
      const [status] = await port.submit(reply(handle));
      refused(status as number, "CANCELLED", "the late reply");
      sys("handle_close", handle);
      await port.quiet();
    },
  ),
  wired("a deadline in the past: TIMED_OUT", async (port, near, far) => {
    must("bind", far, 0, 0);
    await port.deliver(call(near, port.handle, COOKIE, { deadline: 1 }));
    await ends(port, code("TIMED_OUT"), "the call");
  }),
  wired("queued, and cancelled: CANCELLED, and nobody takes it", async (port, near, far) => {
    must("bind", far, 0, 0);
    await port.deliver(call(near, port.handle, COOKIE), cancel(port.handle, COOKIE));
    await ends(port, code("CANCELLED"), "the call");
    port.bind(far, KEY);
    await port.quiet();
  }),
  wired("taken, and cancelled: CANCELLED; a later reply is CANCELLED", async (port, near) => {
    const handle = await taken(port, near);
    await port.deliver(cancel(port.handle, COOKIE));
    await ends(port, code("CANCELLED"), "the call");
    const [status] = await port.submit(reply(handle));
    refused(status as number, "CANCELLED", "the late reply");
    sys("handle_close", handle);
    await port.quiet();
  }),
  wired("cancelling what is not there is NOT_FOUND", async (port) => {
    const [status] = await port.submit(cancel(port.handle, 99));
    refused(status as number, "NOT_FOUND", "cancel");
  }),
  wired("cancelling a call on another port is NOT_FOUND", async (port, near) => {
    const handle = await taken(port, near);
    const other = new TestPort();
    const [status] = await port.submit(cancel(other.handle, COOKIE));
    refused(status as number, "NOT_FOUND", "cancel");
    await port.deliver(reply(handle));
    await ends(port, 0, "the reply");
    other.close();
  }),
  wired("the channel's end with a call on it: CLOSED comes after the CALL", async (port, near) => {
    await port.deliver(call(near, port.handle, COOKIE));
    close(near);
    const first = await port.next();
    equal(first.type, CALL, "first the call");
    await port.next("CLOSED", KEY);
    await port.deliver(reply(first.reply));
    await ends(port, 0, "the reply");
  }),
  wired("calls beyond the queue's depth wait for their turn", async (port, near, far) => {
    must("bind", far, 0, 0);
    const count = limits.QUEUE_DEPTH + 20;
    for (let i = 0; i < count; i += 12) {
      const batch = Array.from({ length: Math.min(12, count - i) }, (_, n) => i + n);
      await port.deliver(...batch.map((n) => call(near, port.handle, 1000 + n)));
    }
    port.bind(far, KEY);
    for (let i = 0; i < count; i++) {
      const got = await port.next("CALL", KEY);
      await port.deliver(reply(got.reply));
    }
    for (let i = 0; i < count; i++)
      equal((await port.next("REPLY", 1000 + i)).status, 0, `call ${i}`);
  }),
  wired("a full queue of messages does not lose a call", async (port, near, far) => {
    must("bind", far, 0, 0);
    await port.deliver(...Array.from({ length: limits.QUEUE_DEPTH }, () => send(near)));
    await port.deliver(call(near, port.handle, COOKIE));
    port.bind(far, KEY);
    const got = await port.next("CALL", KEY);
    await port.deliver(reply(got.reply));
    await ends(port, 0, "the reply");
  }),
  wired(
    "calling without SEND is NO_RIGHT, on a closed channel PEER_CLOSED",
    async (port, near, far) => {
      const weak = restricted(near, without(rights.SEND));
      const [status] = await port.submit(call(weak, port.handle, COOKIE));
      refused(status as number, "NO_RIGHT", "without SEND");
      close(weak, far);
      const [late] = await port.submit(call(near, port.handle, COOKIE));
      refused(late as number, "PEER_CLOSED", "on a closed channel");
      await port.quiet();
    },
  ),
  wired("a call needs a port for its end", async (port, near) => {
    const statuses = await port.submit(call(near, 0, COOKIE), call(near, near, COOKIE));
    refused(statuses[0] as number, "BAD_HANDLE", "no port");
    refused(statuses[1] as number, "WRONG_KIND", "no port but an endpoint");
    await port.quiet();
  }),
  wired("replying through what is no reply is WRONG_KIND", async (port, near) => {
    const [status] = await port.submit(reply(near));
    refused(status as number, "WRONG_KIND", "an endpoint");
  }),
  test("a call whose port is closed is answered without harm, and goes with its process", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, KEY);
    const child = await Child.start(facts, port);
    const there = await child.take(near);
    const closing = await child.sys("port_create");
    equal((await child.order([orders.SUBMIT, CALL, there, closing, 7]))[0], 0, "the child's call");
    const got = await port.next("CALL", KEY);
    equal(await child.sys("handle_close", closing), 0, "closing the port");
    await port.deliver(reply(got.reply));
    is((await child.sys("clock")) > 0, "the child lives");
    await child.kill();
    await port.next("CLOSED", KEY);
    close(far);
    port.close();
  }),
  test("queued at a process that is killed: PEER_CLOSED", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    const child = await Child.start(facts, port);
    await child.take(far);
    await port.deliver(call(near, port.handle, COOKIE));
    await child.kill();
    await ends(port, code("PEER_CLOSED"), "the call");
    close(near);
    port.close();
  }),
  test("taken by a process that is killed: MAYBE_EXECUTED", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    const child = await Child.start(facts, port);
    const there = await child.take(far);
    const [childPort] = await child.order([orders.PORT]);
    equal(await child.sys("bind", there, childPort as number, 44), 0, "bind");
    await port.deliver(call(near, port.handle, COOKIE));
    const [type] = await child.event();
    equal(type, CALL, "the child took the call");
    await child.kill();
    await ends(port, code("MAYBE_EXECUTED"), "the call");
    close(near);
    port.close();
  }),
  test("its caller is killed while it is queued: it vanishes", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    const child = await Child.start(facts, port);
    const there = await child.take(near);
    equal((await child.order([orders.SUBMIT, CALL, there, 0, 7]))[0], 0, "the child's call");
    await child.kill();
    port.bind(far, KEY);
    const rest = await port.poll();
    equal(
      rest.map((e) => e.type),
      [4],
      "CLOSED alone",
    );
    close(far);
    port.close();
  }),
  test("its caller is killed after it was taken: the reply gets PEER_CLOSED", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, KEY);
    const child = await Child.start(facts, port);
    const there = await child.take(near);
    equal((await child.order([orders.SUBMIT, CALL, there, 0, 7]))[0], 0, "the child's call");
    const got = await port.next("CALL", KEY);
    await child.kill();
    const [status] = await port.submit(reply(got.reply));
    refused(status as number, "PEER_CLOSED", "the reply");
    sys("handle_close", got.reply);
    await port.next("CLOSED", KEY);
    close(far);
    port.close();
  }),
];
