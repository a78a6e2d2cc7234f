// The batch of submit_wait: entries run in order, one that fails does not stop the next, a malformed batch ends where it is malformed.
import { exits, limits } from "../../../sdk/abi/table.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child } from "../child.ts";
import { step } from "../loop.ts";
import { call, type Entry, readEvents, reply, send, waitHeader } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { orders } from "../puppet.ts";
import { close, resultName } from "../system.ts";

const KEY = 5;

function wired(
  name: string,
  run: (port: TestPort, near: number, far: number) => Promise<void>,
): Case {
  return test(name, async () => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, KEY);
    await run(port, near, far);
    close(near, far);
    port.close();
  });
}

/** What the entries became when the second is malformed like this: statuses, and messages that arrived. */
async function malformed(port: TestPort, near: number, wrong: Partial<Entry>, bytes = -1) {
  const entries = [send(near), { ...send(near), ...wrong }, send(near)];
  for (const e of entries) e.cookie = 1;
  const { result, statuses } = await step(entries, port.handle, 0, bytes);
  const arrived = (result > 0 ? readEvents(result).length : 0) + (await port.poll()).length;
  return { statuses, arrived };
}

/** An error of the wait itself ends a server with code 70; so a child makes it. */
function failedWait(name: string, order: number[]): Case {
  return test(name, async (facts) => {
    const port = new TestPort();
    const child = await Child.start(facts, port);
    await child.begin([orders.WAIT, ...order]);
    const report = await child.exited();
    equal([report.reason, report.code], [exits.EXITED, 70], "reason, code");
    port.close();
  });
}

export const batchCases: Case[] = [
  wired("an entry that fails does not stop the next", async (port, near) => {
    const statuses = await port.submit(send(near), send(0x7fff_0001), send(near));
    equal(statuses.map(resultName), ["0", "BAD_HANDLE", "0"], "statuses");
    equal((await port.poll()).length, 2, "messages");
  }),
  wired("the wait's header counts what failed and the bytes that follow", async (port, near) => {
    const entries = [send(near), send(0x7fff_0001), send(0x7fff_0001)];
    const { result } = await step(entries, port.handle, 0);
    const header = waitHeader();
    equal([header.failed, header.bytes], [2, result], "failed, bytes");
    is(readEvents(result).length === 1, "one event");
  }),
  wired("a batch without a port is submitted, and nothing is collected", async (port, near) => {
    const { result, statuses } = await step([send(near)], 0, 0);
    equal([result, statuses[0]], [0, 0], "result, status");
    await port.next("MESSAGE", KEY);
  }),
  failedWait("a wait on a port that is none ends the server", [0x7fff_0001, 0]),
  failedWait("more bytes than the submit area has end the server", [-1, limits.SUBMIT_BYTES + 8]),
  wired("an unknown operation is BAD_ARGUMENT", async (port, near) => {
    for (const operation of [0, 5, 255, 65535]) {
      const [status] = await port.submit({ operation, handle: near });
      refused(status as number, "BAD_ARGUMENT", `operation ${operation}`);
    }
    await port.quiet();
  }),
  wired("a size that is no multiple of 8 ends the batch", async (port, near) => {
    const { statuses, arrived } = await malformed(port, near, { size: 44 });
    equal(resultName(statuses[1] as number), "BAD_ARGUMENT", "status");
    equal(arrived, 1, "messages");
  }),
  wired("a size smaller than a header ends the batch", async (port, near) => {
    for (const size of [0, 8, 32]) {
      const { statuses, arrived } = await malformed(port, near, { size });
      equal(resultName(statuses[1] as number), "BAD_ARGUMENT", `size ${size}`);
      equal(arrived, 1, "messages");
    }
  }),
  wired("a size beyond the batch ends it", async (port, near) => {
    for (const size of [4096, 0x7fff_fff8, 0xffff_fff8]) {
      const { statuses, arrived } = await malformed(port, near, { size });
      equal(resultName(statuses[1] as number), "BAD_ARGUMENT", `size ${size}`);
      equal(arrived, 1, "messages");
    }
  }),
  wired("a payload that does not fit its entry is refused", async (port, near) => {
    for (const length of [1, 4096, 0xffff_ffff]) {
      const [status] = await port.submit({ ...send(near), length });
      is((status as number) < 0, `length ${length} is refused`);
    }
    await port.quiet();
  }),
  wired("handles that do not fit their entry are refused", async (port, near) => {
    for (const count of [1, 8, 65535]) {
      const [status] = await port.submit({ ...send(near), count });
      is((status as number) < 0, `${count} handles are refused`);
    }
    await port.quiet();
  }),
  wired("a batch that fills the area is submitted whole", async (port, near) => {
    const payload = new Uint8Array(4056 - 0);
    const entries = Array.from({ length: 7 }, () => send(near, payload));
    await port.deliver(...entries);
    for (let i = 0; i < 7; i++)
      equal((await port.next("MESSAGE", KEY)).payload.length, 4056, "bytes");
  }),
  wired("more events than fit come with the next wait", async (port, near) => {
    const payload = new Uint8Array(4000).fill(1);
    for (let i = 0; i < 3; i++)
      await port.deliver(...Array.from({ length: 6 }, () => send(near, payload)));
    for (let i = 0; i < 18; i++)
      equal((await port.next("MESSAGE", KEY)).payload.length, 4000, `message ${i}`);
    await port.quiet();
  }),
  wired("a call and its reply within one batch", async (port, near) => {
    await port.deliver(call(near, port.handle, 1));
    const got = await port.next("CALL", KEY);
    await port.deliver(reply(got.reply), call(near, port.handle, 2));
    equal((await port.next("REPLY", 1)).status, 0, "the first");
    const again = await port.next("CALL", KEY);
    await port.deliver(reply(again.reply));
    equal((await port.next("REPLY", 2)).status, 0, "the second");
  }),
];
