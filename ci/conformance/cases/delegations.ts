// Delegations: a handle that can be taken back. When the delegation's handle is closed, no copy is left: not in this process, not in
// others, not in a message on its way, not as a mapping, not as a binding.
import { kinds, protections, rights } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child } from "../child.ts";
import { call, reply, send } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { orders } from "../puppet.ts";
import { close, must, restricted, rightsOf, second, sys } from "../system.ts";

const PAGE = 4096;
const { READ, WRITE } = protections;
const PRIVILEGED = rights.DUPLICATE | rights.TRANSFER | rights.INFO;

/** A delegated handle, and what takes it back. */
function delegate(handle: number, keep: number = rights.ALL): [copy: number, end: number] {
  const copy = must("delegate", handle, keep);
  return [copy, second()];
}

const isDead = (handle: number, what: string) =>
  refused(sys("handle_info", handle), "BAD_HANDLE", what);

export const delegationCases: Case[] = [
  test("a delegated handle is one to the same object, with the rights asked for", () => {
    const memory = must("memory_create", PAGE, 0);
    const [copy, end] = delegate(memory, rights.READ | rights.INFO);
    equal(must("handle_info", copy) % 256, kinds.MEMORY, "kind");
    equal(rightsOf(copy), rights.READ | rights.INFO, "rights");
    equal(must("handle_info", end) % 256, kinds.DELEGATION, "kind of the delegation");
    equal(must("memory_info", copy), PAGE, "bytes");
    close(copy, end, memory);
  }),
  test("closing a delegation kills each copy, and leaves the original", () => {
    const timer = must("timer_create");
    const [copy, end] = delegate(timer);
    const again = restricted(copy, rights.WRITE);
    must("timer_set", again, -1);
    close(end);
    isDead(copy, "the copy");
    isDead(again, "the copy's copy");
    refused(sys("timer_set", again, -1), "BAD_HANDLE", "using it");
    refused(sys("handle_close", copy), "BAD_HANDLE", "closing it");
    must("timer_set", timer, -1);
    close(timer);
  }),
  test("a copy that is closed needs no revoking", () => {
    const timer = must("timer_create");
    const [copy, end] = delegate(timer);
    close(copy, timer, end);
  }),
  test("a delegation outlives what it delegates", () => {
    const [near, far] = channel();
    const [copy, end] = delegate(near);
    close(near);
    const port = must("port_create");
    must("bind", copy, port, 1);
    close(end);
    isDead(copy, "the last handle");
    const [other, beyond] = channel();
    close(other, beyond, far, port);
  }),
  test("a narrower delegation ends with the wider one, not the other way round", () => {
    const timer = must("timer_create");
    const [wide, endWide] = delegate(timer);
    const [narrow, endNarrow] = delegate(wide, rights.WRITE | rights.DUPLICATE);
    const [third, endThird] = delegate(narrow);
    close(endNarrow);
    isDead(narrow, "the narrower");
    isDead(third, "what was made of it");
    must("timer_set", wide, -1);
    const [fourth, endFourth] = delegate(wide);
    close(endWide);
    isDead(wide, "the wider");
    isDead(fourth, "a narrower of it");
    close(endThird, endFourth, timer);
  }),
  test("delegations are 16 deep at most", () => {
    const timer = must("timer_create");
    const ends: number[] = [];
    let last = timer;
    for (let depth = 0; depth <= 16; depth++) {
      const [copy, end] = delegate(last);
      last = copy;
      ends.push(end);
    }
    refused(sys("delegate", last, rights.ALL), "TOO_LARGE", "one more");
    close(ends[0]!);
    isDead(last, "the deepest");
    close(...ends.slice(1), timer);
  }),
  test("a process has 64 delegations at most, which come back", () => {
    const timer = must("timer_create");
    const pairs: number[] = [];
    for (let n = 0; n < 64; n++) pairs.push(...delegate(timer));
    refused(sys("delegate", timer, rights.ALL), "QUEUE_FULL", "one more");
    close(...pairs);
    close(...delegate(timer), timer);
  }),
  test("ports, replies and delegations can't be delegated", () => {
    const timer = must("timer_create");
    const [copy, end] = delegate(timer);
    const own = must("port_create");
    refused(sys("delegate", own, rights.ALL), "WRONG_KIND", "a port");
    refused(sys("delegate", end, rights.ALL), "NO_RIGHT", "a delegation");
    refused(sys("handle_duplicate", end, rights.ALL, 0), "NO_RIGHT", "a second handle to it");
    close(copy, end, timer, own);
  }),
  test("every copy dies, through three processes", async (facts) => {
    const ports = [new TestPort(), new TestPort(), new TestPort()];
    const timer = must("timer_create");
    const [copy, end] = delegate(timer);
    const children = await Promise.all(ports.map((port) => Child.start(facts, port)));
    const copies: number[] = [];
    let at = await children[0]!.take(copy);
    for (let n = 0; n < 3; n++) {
      copies.push(at);
      if (n === 2) break;
      const next = await children[n]!.take(
        restricted(children[n + 1]!.process, rights.MANAGE | rights.TRANSFER),
      );
      const second = await children[n]!.sys("handle_duplicate", at, rights.ALL, 0);
      at = await children[n]!.sys("handle_give", next, second, rights.ALL);
      await children[n]!.sys("handle_close", next);
    }
    for (let n = 0; n < 3; n++)
      equal(await children[n]!.sys("timer_set", copies[n]!, -1), 0, `use in process ${n}`);
    close(end);
    for (let n = 0; n < 3; n++)
      refused(await children[n]!.sys("timer_set", copies[n]!, -1), "BAD_HANDLE", `process ${n}`);
    for (const child of children) await child.kill();
    close(timer);
    for (const port of ports) port.close();
  }),
  test("a copy in a queued message arrives as 0", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    const timer = must("timer_create");
    const [copy, end] = delegate(timer);
    await port.deliver(
      send(near, undefined, [
        { handle: copy, copy: true },
        { handle: timer, copy: true },
      ]),
    );
    close(end);
    isDead(copy, "the sender's");
    port.bind(far, 1);
    const { handles } = await port.next("MESSAGE", 1);
    equal(handles[0], 0, "the revoked one");
    is(handles[1] !== 0, "the other arrives");
    close(handles[1]!, near, far, timer);
    port.close();
  }),
  test("what was mapped through a copy becomes private, and stays mapped", () => {
    const memory = must("memory_create", 200 * PAGE, 0);
    const mine = must("memory_map", 0, memory, 0, 0, 200 * PAGE, READ | WRITE);
    const [copy, end] = delegate(memory);
    const theirs = must("memory_map", 0, copy, 0, 0, 200 * PAGE, READ | WRITE);
    uusi.set8(mine + 199 * PAGE, 7);
    equal(uusi.get8(theirs + 199 * PAGE), 7, "shared before");
    close(end);
    equal(uusi.get8(theirs + 199 * PAGE), 0, "zero afterwards");
    uusi.set8(theirs + 5, 9);
    equal(uusi.get8(mine + 5), 0, "what is written there is not seen");
    equal(uusi.get8(mine + 199 * PAGE), 7, "the owner's stays");
    must("memory_unmap", 0, theirs);
    must("memory_unmap", 0, mine);
    close(memory);
  }),
  test("a mapping in another process, through a narrower copy, becomes private", async (facts) => {
    const port = new TestPort();
    const memory = must("memory_create", PAGE, 0);
    const at = must("memory_map", 0, memory, 0, 0, PAGE, READ | WRITE);
    uusi.set8(at + 3, 5);
    const [wide, end] = delegate(memory);
    const [narrow, endNarrow] = delegate(wide);
    const child = await Child.start(facts, port);
    const theirs = await child.take(narrow);
    const seen = await child.sys("memory_map", 0, theirs, 0, 0, PAGE, READ);
    equal((await child.order([orders.READ, seen + 3]))[0], 5, "shared before");
    close(end);
    equal((await child.order([orders.READ, seen + 3]))[0], 0, "zero afterwards");
    equal(await child.sys("memory_unmap", 0, seen), 0, "unmapping");
    refused(await child.sys("memory_map", 0, theirs, 0, 0, PAGE, READ), "BAD_HANDLE", "again");
    await child.kill();
    must("memory_unmap", 0, at);
    close(endNarrow, memory);
    port.close();
  }),
  test("the end of the holder takes back what it delegated", async (facts) => {
    const ports = [new TestPort(), new TestPort()] as const;
    const holder = await Child.start(facts, ports[0]);
    const user = await Child.start(facts, ports[1]);
    const theirs = await holder.take(must("timer_create"));
    const [copy] = await holder.call("delegate", [theirs, rights.ALL]);
    const process = await holder.take(restricted(user.process, rights.MANAGE | rights.TRANSFER));
    const given = await holder.sys("handle_give", process, copy!, rights.ALL);
    equal(await user.sys("timer_set", given, -1), 0, "use");
    await holder.kill();
    refused(await user.sys("timer_set", given, -1), "BAD_HANDLE", "use afterwards");
    await user.kill();
    for (const port of ports) port.close();
  }),
  test("a binding through a revoked copy gives no event any more", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    const [copy, end] = delegate(far);
    port.bind(copy, 3);
    await port.deliver(send(near));
    await port.next("MESSAGE", 3);
    close(end);
    await port.deliver(send(near));
    await port.quiet();
    port.bind(far, 4);
    await port.next("MESSAGE", 4);
    close(near, far);
    port.close();
  }),
  test("a call that was made through a revoked copy goes on", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    const [copy, end] = delegate(near);
    port.bind(far, 1);
    await port.deliver(call(copy, port.handle, 77));
    close(end);
    const event = await port.next("CALL", 1);
    await port.deliver(reply(event.reply));
    equal((await port.next("REPLY", 77)).status, 0, "status");
    const [status] = await port.submit(call(copy, port.handle, 78));
    refused(status!, "BAD_HANDLE", "the next call");
    close(near, far);
    port.close();
  }),
  test("memory for a device, and the privilege to make it, can be taken back", (facts) => {
    const privilege = must("handle_duplicate", facts.dma, PRIVILEGED | rights.USE, 0xd00d);
    const [lent, end] = delegate(privilege);
    const buffer = must("dma_create", lent, PAGE);
    const [seen, endSeen] = delegate(buffer);
    must("memory_info", buffer);
    is(second() !== 0, "the maker knows its address");
    // A device can't be made to forget an address before the revoking call returns.
    const again = must("handle_duplicate", seen, rights.ALL, 0);
    for (const copy of [seen, again]) {
      equal(must("memory_info", copy), PAGE, "its size");
      equal(second(), 0, "its address through a copy that can be taken back");
    }
    close(again);
    const at = must("memory_map", 0, seen, 0, 0, PAGE, READ | WRITE);
    uusi.set8(at, 1);
    close(endSeen);
    equal(uusi.get8(at), 0, "the mapping is private");
    refused(sys("memory_info", seen), "BAD_HANDLE", "its address");
    close(end);
    refused(sys("dma_create", lent, PAGE), "BAD_HANDLE", "more of it");
    must("memory_unmap", 0, at);
    close(buffer, privilege);
    must("system_control", facts.system, 4);
    equal(must("dma_release", facts.dma, 0xd00d), 1, "released pages");
  }),
];
