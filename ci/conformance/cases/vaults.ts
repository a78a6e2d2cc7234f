// Vaults: what a process holds can be listed, and lent to another process, which keeps it or gives it back by its end.
// The puppets have the same handles in the same places, so each finds a port under its number after an exchange, too; it serves
// one order on its own port first, since that is what it waits on.
import { limits, layouts, rights, syscalls } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child, emptyProcess } from "../child.ts";
import { call } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { asPayload, orders } from "../puppet.ts";
import type { StartFacts } from "../start.ts";
import { type CallName, close, code, must, restricted, second, sys } from "../system.ts";

const PAGE = limits.PAGE_BYTES;

/** Every handle of this process. */
function held(): number[] {
  const all: number[] = [];
  for (let index = 0; ; ) {
    const handle = must("handle_next", index);
    if (handle === 0) return all;
    all.push(handle);
    index = second();
  }
}

const callNumber = (wanted: CallName) => syscalls.find(([name]) => name === wanted)![1];

/** Lends as soon as both wait. */
async function lend(from: Child, to: Child): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const result = sys("vault_lend", from.process, to.process);
    if (result === 0) return;
    refused(result, "BUSY", "lending");
    await from.port.wait(sys("clock") + 1_000_000);
  }
  throw new Error("the children never waited");
}

/** A case with two running children, each with a port for its end. */
function withTwo(name: string, run: (one: Child, two: Child) => Promise<void>): Case {
  return test(name, async (facts: StartFacts) => {
    const ports = [new TestPort(), new TestPort()] as const;
    await run(await Child.start(facts, ports[0]), await Child.start(facts, ports[1]));
    for (const port of ports) port.close();
  });
}

export const vaultCases: Case[] = [
  test("handle_next names each handle once, in the order of the slots", () => {
    const port = must("port_create");
    const all = held();
    must("process_info", 0);
    const count = new DataView(uusi.buffer).getUint32(layouts.processInfo.handles, true);
    equal(all.length, count, "handles");
    is(all.includes(port), "the new one is there");
    close(port);
    is(!held().includes(port), "the closed one is not");
  }),
  test("handle_next beyond the last slot is nothing", () => {
    equal(must("handle_next", 2 ** limits.HANDLE_INDEX_BITS), 0, "the end");
    equal(must("handle_next", -1), 0, "all ones");
  }),
  test("vault_lend needs MANAGE on both, two processes, and waiting threads", async (facts) => {
    const port = new TestPort();
    const child = await Child.start(facts, port);
    const unstarted = emptyProcess(facts, facts.budget);
    const weak = restricted(child.process, rights.INFO);
    refused(sys("vault_lend", weak, unstarted), "NO_RIGHT", "from without the right");
    refused(sys("vault_lend", unstarted, weak), "NO_RIGHT", "to without the right");
    refused(sys("vault_lend", port.handle, unstarted), "WRONG_KIND", "a port");
    refused(sys("vault_lend", child.process, child.process), "BAD_STATE", "to itself");
    refused(sys("vault_lend", child.process, 0), "BAD_STATE", "nothing to keep");
    refused(sys("vault_lend", child.process, unstarted), "BUSY", "to one without threads");
    close(weak, unstarted);
    await child.kill();
    port.close();
  }),
  withTwo("the end of the borrower gives everything back", async (one, two) => {
    const number = await one.take(must("memory_create", 2 * PAGE, 0));
    await lend(one, two);
    equal(await two.sys("memory_info", number), 2 * PAGE, "the borrower has it");
    await two.kill();
    equal(await one.sys("memory_info", number), 2 * PAGE, "the lender has it again");
    await one.kill();
  }),
  withTwo("what is kept outlives the lender", async (one, two) => {
    const number = await one.take(must("memory_create", 3 * PAGE, 0));
    await lend(one, two);
    equal(sys("vault_lend", two.process, 0), 0, "kept");
    refused(sys("vault_lend", two.process, 0), "BAD_STATE", "kept twice");
    await two.sys("clock"); // from now on it waits on the port under its number, the lender's
    must("process_kill", one.process, 0);
    await one.end();
    equal(await one.sys("memory_info", number), 3 * PAGE, "served on the lender's channel");
    one.forget();
    await two.kill();
  }),
  withTwo("a call that is queued while the vault moves is answered once", async (one, two) => {
    const [near, far] = channel();
    const there = await one.take(far);
    one.port.bind(near, 77);
    await one.port.deliver(call(near, one.port.handle, 5, { payload: asPayload([orders.PORT]) }));
    await lend(one, two);
    equal(sys("vault_lend", two.process, 0), 0, "kept");
    await two.sys("clock");
    must("process_kill", one.process, 0);
    await one.end();
    await one.port.quiet();
    const own = (await one.order([orders.PORT]))[0] as number;
    // The puppet serves what arrives under its control's key, 1.
    equal(await one.sys("bind", there, own, 1), 0, "bound by the borrower");
    equal((await one.port.next("REPLY", 5)).status, 0, "answered");
    close(near);
    one.forget();
    await two.kill();
  }),
  withTwo("a lender that ends leaves the borrower with all", async (one, two) => {
    const number = await one.take(must("memory_create", PAGE, 0));
    await lend(one, two);
    await two.sys("clock");
    must("process_kill", one.process, 0);
    await one.end();
    equal(await one.sys("memory_info", number), PAGE, "still there");
    await two.kill();
    one.forget();
  }),
  withTwo("a process with one thread lends its own vault", async (one, two) => {
    const number = await one.take(must("memory_create", 4 * PAGE, 0));
    const other = await one.take(restricted(two.process, rights.ALL));
    let size = 0;
    let cookie = 0;
    for (let tries = 0; tries < 1000 && size <= 0; tries++) {
      if (tries > 0) equal(await one.ended(cookie), 0, "refused, since the other one did not wait");
      cookie = await one.begin([orders.SYS, callNumber("vault_lend"), 0, other]);
      // when it has lent, its answer lies in the vault that it has no longer
      for (let i = 0; i < 50 && size <= 0; i++) size = await two.sys("memory_info", number);
    }
    equal(size, 4 * PAGE, "the borrower has it");
    await two.kill();
    await one.kill();
    equal(await one.ended(cookie), code("MAYBE_EXECUTED"), "the order");
  }),
  withTwo("two processes that borrow from each other are refused", async (one, two) => {
    await lend(one, two);
    refused(sys("vault_lend", two.process, one.process), "BAD_STATE", "back");
    refused(sys("vault_lend", one.process, two.process), "BAD_STATE", "again");
    equal(sys("vault_lend", one.process, 0), code("BAD_STATE"), "kept by the lender");
    await two.kill();
    await one.kill();
  }),
];
