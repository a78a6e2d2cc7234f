// Budgets: every charge goes to the budget and all above it or to none, the limit is hard, and what is freed is given back.
import { limits } from "../../../sdk/abi/table.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child, emptyProcess } from "../child.ts";
import { TestPort } from "../port.ts";
import type { StartFacts } from "../start.ts";
import { close, must, second, sys } from "../system.ts";

/** Bytes charged to a budget. */
function used(budget: number): number {
  must("budget_info", budget);
  return second();
}

/** A running child that has answered once, so that what it needs for that is charged already. */
async function settledChild(facts: StartFacts, port: TestPort, bytes?: number): Promise<Child> {
  const child = await Child.start(facts, port, bytes);
  await child.call("clock", []);
  await child.call("clock", []);
  return child;
}

/** Waits until what was closed is taken apart. */
async function settled(): Promise<void> {
  const port = new TestPort();
  await port.wait(sys("clock") + 1_000_000);
  port.close();
}

/** What a child with this much makes until it is refused, by one call over and over; then all of it is closed. */
function filled(name: string, bytes: number, make: (child: Child) => Promise<number>): Case {
  return test(name, async (facts) => {
    const port = new TestPort();
    const child = await settledChild(facts, port, bytes);
    const before = used(child.budget);
    const made: number[] = [];
    let last = 0;
    for (let i = 0; i < 3000 && last >= 0; i++) {
      last = await make(child);
      if (last > 0) made.push(last);
    }
    refused(last, "BUDGET_EMPTY", `after ${made.length}`);
    is(made.length > 0, "some were made");
    const [limit] = [must("budget_info", child.budget)];
    is(second() <= limit, "the limit holds");
    for (const handle of made) equal(await child.sys("handle_close", handle), 0, "closing");
    const left = used(child.budget) - before;
    is(left < 3 * 4096 && left > -(1 << 20), `${left} bytes are left over`);
    is((await make(child)) > 0, "it goes on");
    await child.kill();
    port.close();
  });
}

const TIGHT = 14 << 20;

export const budgetCases: Case[] = [
  test("a new budget has its limit and nothing used", (facts) => {
    const budget = must("budget_create", facts.budget, 123 * 4096);
    equal([must("budget_info", budget), second()], [123 * 4096, 0], "limit, used");
    close(budget);
  }),
  test("a charge goes to every budget above", async (facts) => {
    const outer = must("budget_create", facts.budget, 1 << 20);
    const inner = must("budget_create", outer, 1 << 20);
    const before = [used(outer), used(inner)];
    const process = emptyProcess(facts, inner);
    const after = [used(outer), used(inner)];
    const grown = after.map((n, i) => n - (before[i] as number));
    is((grown[1] as number) > 0, "the process is charged");
    equal(grown[0], grown[1], "the same above");
    close(process);
    await settled();
    equal([used(outer), used(inner)], before, "given back");
    close(inner, outer);
  }),
  test("a parent that is empty refuses, and the child is not charged", (facts) => {
    const outer = must("budget_create", facts.budget, 4096);
    const inner = must("budget_create", outer, 1 << 20);
    refused(sys("process_create", facts.factory, inner, 100, 1), "BUDGET_EMPTY", "process");
    equal(used(inner), 0, "used");
    close(inner, outer);
  }),
  test("a budget lives as long as what it paid for", (facts) => {
    const budget = must("budget_create", facts.budget, 1 << 20);
    const process = emptyProcess(facts, budget);
    close(budget);
    close(process);
  }),
  test("memory beyond the limit is BUDGET_EMPTY, and nothing of it stays", async (facts) => {
    const port = new TestPort();
    const child = await settledChild(facts, port);
    const before = used(child.budget);
    const bytes = must("budget_info", child.budget);
    refused(await child.sys("memory_create", bytes, 0), "BUDGET_EMPTY", "all of it again");
    equal(used(child.budget), before, "used");
    await child.kill();
    port.close();
  }),
  test("memory is charged by the page and given back", async (facts) => {
    const port = new TestPort();
    const child = await settledChild(facts, port);
    const before = used(child.budget);
    const memory = await child.sys("memory_create", 10 * 4096, 0);
    const grown = used(child.budget) - before;
    is(grown >= 10 * 4096 && grown < 12 * 4096, `${grown} bytes for ten pages`);
    equal(await child.sys("handle_close", memory), 0, "closing");
    equal(used(child.budget), before, "used");
    await child.kill();
    port.close();
  }),
  filled("memory until the budget is empty", TIGHT, (c) => c.sys("memory_create", 64 * 4096, 0)),
  test("queued messages are charged to their sender until they are received", async (facts) => {
    const port = new TestPort();
    const child = await settledChild(facts, port);
    const near = await child.sys("channel_create");
    const before = used(child.budget);
    for (let i = 0; i < limits.QUEUE_DEPTH; i++) {
      equal((await child.order([2, 1, near, 0, 0]))[0], 0, `message ${i}`);
    }
    is(used(child.budget) >= before + 64 * 32, "charged");
    refused((await child.order([2, 1, near, 0, 0]))[0] as number, "QUEUE_FULL", "the 65th");
    equal(await child.sys("handle_close", near), 0, "closing the sender's end");
    await child.kill();
    port.close();
  }),
];
