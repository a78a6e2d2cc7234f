// Channels: what is sent arrives, in order, once; queues are bounded; handles travel or stay; the end is told last.
import { limits, rights } from "../../../sdk/abi/table.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { step } from "../loop.ts";
import { asText, ascii, type Entry, readEvents, send } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { close, must, restricted, rightsOf, sys, without } from "../system.ts";

const KEY = 5;

/** Runs a case with a port and a channel whose far end is bound to it, and takes all of it down. */
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

const many = (n: number, entry: () => Entry) => Array.from({ length: n }, entry);

export const channelCases: Case[] = [
  wired("a message arrives with key, payload and no reply", async (port, near) => {
    await port.deliver(send(near, ascii("hello")));
    const event = await port.next("MESSAGE");
    equal(
      [event.key, asText(event.payload), event.reply, event.handles],
      [KEY, "hello", 0, []],
      "event",
    );
  }),
  wired("both ends send", async (port, near, far) => {
    port.bind(near, 6);
    await port.deliver(send(near, ascii("a")), send(far, ascii("b")));
    equal(asText((await port.next("MESSAGE", KEY)).payload), "a", "at the far end");
    equal(asText((await port.next("MESSAGE", 6)).payload), "b", "at the near end");
  }),
  wired("an empty message arrives", async (port, near) => {
    await port.deliver(send(near));
    equal((await port.next("MESSAGE")).payload.length, 0, "bytes");
  }),
  wired("4,096 bytes arrive whole", async (port, near) => {
    const payload = new Uint8Array(limits.MESSAGE_BYTES).map((_, i) => i * 7);
    await port.deliver(send(near, payload));
    const got = (await port.next("MESSAGE")).payload;
    equal(got.length, payload.length, "bytes");
    is(
      got.every((b, i) => b === payload[i]),
      "the bytes are the same",
    );
  }),
  wired("lengths around the size of a block arrive whole", async (port, near) => {
    for (const length of [1, 7, 8, 9, 31, 2000, 2047, 2048, 2049, 4095]) {
      const payload = new Uint8Array(length).fill(length & 255);
      await port.deliver(send(near, payload));
      const got = (await port.next("MESSAGE")).payload;
      is(got.length === length && got.every((b) => b === (length & 255)), `${length} bytes`);
    }
  }),
  wired("a byte more is TOO_LARGE", async (port, near) => {
    const [status] = await port.submit(send(near, new Uint8Array(limits.MESSAGE_BYTES + 1)));
    refused(status as number, "TOO_LARGE", "4,097 bytes");
    await port.quiet();
  }),
  wired("messages arrive in order", async (port, near) => {
    for (let round = 0; round < 3; round++) {
      await port.deliver(...Array.from({ length: 20 }, (_, i) => send(near, new Uint8Array([i]))));
      for (let i = 0; i < 20; i++) equal((await port.next("MESSAGE")).payload[0], i, "order");
    }
  }),
  test("messages that came before the bind are told after it", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    await port.deliver(send(near, ascii("early")));
    await port.quiet();
    port.bind(far, 7);
    equal(asText((await port.next("MESSAGE", 7)).payload), "early", "payload");
    close(near, far);
    port.close();
  }),
  test("the queue holds 64 messages, the next is QUEUE_FULL", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    const statuses = await port.submit(...many(limits.QUEUE_DEPTH + 1, () => send(near)));
    equal(statuses.filter((s) => s === 0).length, limits.QUEUE_DEPTH, "accepted");
    refused(statuses[limits.QUEUE_DEPTH] as number, "QUEUE_FULL", "the 65th");
    port.bind(far, 1);
    for (let i = 0; i < limits.QUEUE_DEPTH; i++) await port.next("MESSAGE", 1);
    await port.deliver(send(near));
    await port.next("MESSAGE", 1);
    close(near, far);
    port.close();
  }),
  wired("unbound, an endpoint is silent; bound again, it speaks", async (port, near, far) => {
    must("bind", far, 0, 0);
    await port.deliver(send(near));
    await port.quiet();
    port.bind(far, 8);
    await port.next("MESSAGE", 8);
  }),
  wired("bound to another port, events go there", async (port, near, far) => {
    const other = new TestPort();
    must("bind", far, other.handle, 2);
    await port.deliver(send(near));
    await port.quiet();
    await other.next("MESSAGE", 2);
    other.close();
  }),
  test("sources take turns", async () => {
    const port = new TestPort();
    const one = channel();
    const two = channel();
    port.bind(one[1], 1);
    port.bind(two[1], 2);
    await port.submit(); // nothing yet
    const { result } = await step(
      [...many(3, () => send(one[0])), ...many(3, () => send(two[0]))],
      port.handle,
      0,
    );
    const keys = readEvents(result).map((e) => e.key);
    equal(keys.slice(0, 4), [1, 2, 1, 2], "the first four");
    close(...one, ...two);
    port.close();
  }),
  wired("a handle is moved", async (port, near) => {
    const memory = must("memory_create", 8192, 0);
    await port.deliver(send(near, ascii("m"), [{ handle: memory }]));
    refused(sys("handle_info", memory), "BAD_HANDLE", "the sender's number");
    const [got] = (await port.next("MESSAGE")).handles;
    equal(must("memory_info", got as number), 8192, "size");
    close(got as number);
  }),
  wired("a handle is copied, with fewer rights", async (port, near) => {
    const memory = must("memory_create", 8192, 0);
    const keep = rights.READ | rights.INFO;
    await port.deliver(send(near, undefined, [{ handle: memory, copy: true, keep }]));
    const [got] = (await port.next("MESSAGE")).handles;
    equal(rightsOf(got as number), keep, "rights of the copy");
    equal(must("memory_info", memory), 8192, "the original");
    close(got as number, memory);
  }),
  wired("eight handles travel in order", async (port, near) => {
    const handles = Array.from({ length: 8 }, (_, i) => must("memory_create", 4096 * (i + 1), 0));
    await port.deliver(
      send(
        near,
        undefined,
        handles.map((handle) => ({ handle })),
      ),
    );
    const got = (await port.next("MESSAGE")).handles;
    equal(
      got.map((h) => must("memory_info", h) / 4096),
      [1, 2, 3, 4, 5, 6, 7, 8],
      "sizes",
    );
    close(...got);
  }),
  wired("a ninth handle is TOO_LARGE, and none moves", async (port, near) => {
    const handles = Array.from({ length: 9 }, () => must("port_create"));
    const [status] = await port.submit(
      send(
        near,
        undefined,
        handles.map((handle) => ({ handle })),
      ),
    );
    refused(status as number, "TOO_LARGE", "nine handles");
    close(...handles);
  }),
  wired(
    "a handle without TRANSFER is not moved, one without DUPLICATE not copied",
    async (port, near) => {
      const memory = must("memory_create", 4096, 0);
      const fixed = restricted(memory, without(rights.TRANSFER));
      const single = restricted(memory, without(rights.DUPLICATE));
      const statuses = await port.submit(
        send(near, undefined, [{ handle: fixed }]),
        send(near, undefined, [{ handle: single, copy: true }]),
      );
      refused(statuses[0] as number, "NO_RIGHT", "moving");
      refused(statuses[1] as number, "NO_RIGHT", "copying");
      await port.quiet();
      close(memory, fixed, single);
    },
  ),
  wired("a submission that fails moves nothing", async (port, near) => {
    const memory = must("memory_create", 4096, 0);
    const handles = [{ handle: memory }, { handle: 0x7fff_0001 }];
    const [status] = await port.submit(send(near, undefined, handles));
    refused(status as number, "BAD_HANDLE", "the second handle");
    equal(must("memory_info", memory), 4096, "the first is here");
    await port.quiet();
    close(memory);
  }),
  wired("a handle named twice moves nothing", async (port, near) => {
    const memory = must("memory_create", 4096, 0);
    const [status] = await port.submit(
      send(near, undefined, [{ handle: memory }, { handle: memory }]),
    );
    is((status as number) < 0, "moving a handle twice is refused");
    equal(must("memory_info", memory), 4096, "it is here");
    close(memory);
  }),
  wired("an endpoint can't travel through itself", async (port, near) => {
    const [status] = await port.submit(send(near, undefined, [{ handle: near }]));
    if (status !== 0) is(rightsOf(near) > 0, "it is here");
    else close(...(await port.next("MESSAGE")).handles);
  }),
  wired("without SEND nothing is sent", async (port, near) => {
    const weak = restricted(near, without(rights.SEND));
    const [status] = await port.submit(send(weak));
    refused(status as number, "NO_RIGHT", "sending");
    close(weak);
  }),
  wired("sending to what is no endpoint is WRONG_KIND, to nothing BAD_HANDLE", async (port) => {
    const statuses = await port.submit(send(port.handle), send(0x7fff_0001));
    refused(statuses[0] as number, "WRONG_KIND", "a port");
    refused(statuses[1] as number, "BAD_HANDLE", "no handle");
  }),
  wired("CLOSED comes after what was queued, and once", async (port, near) => {
    await port.deliver(send(near, ascii("last")));
    close(near);
    equal(asText((await port.next()).payload), "last", "first the message");
    await port.next("CLOSED", KEY);
    await port.quiet();
  }),
  wired(
    "sending to a closed channel is PEER_CLOSED, and the handles stay",
    async (port, near, far) => {
      close(far);
      const memory = must("memory_create", 4096, 0);
      const [status] = await port.submit(send(near, undefined, [{ handle: memory }]));
      refused(status as number, "PEER_CLOSED", "sending");
      equal(must("memory_info", memory), 4096, "the handle is here");
      close(memory);
    },
  ),
  wired("an endpoint lives as long as one handle to it", async (port, near) => {
    const second = restricted(near, rights.ALL);
    close(near);
    await port.quiet();
    await port.deliver(send(second));
    await port.next("MESSAGE", KEY);
    close(second);
    await port.next("CLOSED", KEY);
  }),
  wired("a handle in a queued message is closed with its channel", async (port, near) => {
    const [left, right] = channel();
    port.bind(left, 9);
    const [a, b] = channel();
    await port.deliver(send(a, undefined, [{ handle: right }]));
    await port.quiet();
    close(b); // the queue that holds `right` goes
    await port.next("CLOSED", 9);
    close(a, left);
    await port.deliver(send(near));
    await port.next("MESSAGE", KEY);
  }),
  wired("an endpoint that travels keeps what is queued at it", async (port, near, far) => {
    const [a, b] = channel();
    await port.deliver(send(a, ascii("inside")), send(near, undefined, [{ handle: b }]));
    const [got] = (await port.next("MESSAGE", KEY)).handles;
    port.bind(got as number, 3);
    equal(asText((await port.next("MESSAGE", 3)).payload), "inside", "payload");
    close(a, got as number);
    is(far > 0, "the far end is open");
  }),
  test("a long chain of channels inside channels goes without harm", async () => {
    const port = new TestPort();
    const [first, last] = channel();
    close(first);
    let held = last;
    for (let i = 0; i < 100; i++) {
      const [outer, inner] = channel();
      await port.deliver(send(outer, undefined, [{ handle: held }]));
      close(outer);
      held = inner; // its queue holds the one before, whose queue holds the one before that
    }
    close(held);
    await port.quiet();
    port.close();
  }),
  test("a channel whose both ends lie in its own queue is freed", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    await port.submit(send(near, undefined, [{ handle: far }]));
    close(near);
    sys("handle_close", far);
    await port.quiet();
    must("system_control", facts.system, 4);
    port.close();
  }),
];
