// Processes: made in steps, started once, ended in every way, and each end reported once, after everything is given back.
import { addresses, exits, layouts, limits, weights } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import {
  CHILD_BUDGET,
  Child,
  emptyProcess,
  exitReport,
  prepare,
  startPayload,
  writeStart,
} from "../child.ts";
import { ascii, asText } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { orders } from "../puppet.ts";
import type { ImageObject } from "../start.ts";
import { close, code, must, second, sys } from "../system.ts";

const PAGE_FAULT = 14;

/** processInfo in scratch. */
function info(process: number): { state: number; threads: number; used: number; name: string } {
  must("process_info", process);
  const l = layouts.processInfo;
  const view = new DataView(uusi.buffer);
  const name = new Uint8Array(uusi.buffer, l.name, limits.NAME_BYTES);
  return {
    state: view.getUint32(l.state, true),
    threads: view.getUint32(l.threads, true),
    used: view.getUint32(l.budgetUsed, true),
    name: asText(name.slice(0, name.indexOf(0))),
  };
}

/** A case with a running child and the port that its end comes to. */
function withChild(name: string, run: (child: Child, port: TestPort) => Promise<void>): Case {
  return test(name, async (facts) => {
    const port = new TestPort();
    await run(await Child.start(facts, port), port);
    port.close();
  });
}

/** The number of a system call's order is in puppet.ts; this one has no answer. */
const EXIT_CALL = 17;

export const processCases: Case[] = [
  test("process_info of the caller", () => {
    const own = info(0);
    equal([own.state, own.name, own.threads >= 1], [1, "init", true], "state, name, threads");
  }),
  test("a new process has no threads and its name", (facts) => {
    const process = emptyProcess(facts, facts.budget, "newborn");
    const { state, threads, name } = info(process);
    equal([state, threads, name], [0, 0, "newborn"], "state, threads, name");
    close(process);
  }),
  test("a name that is too long is TOO_LARGE, a weight of 0 BAD_ARGUMENT", (facts) => {
    const { factory, budget } = facts;
    new Uint8Array(uusi.buffer).set(ascii("x".repeat(64)));
    refused(
      sys("process_create", factory, budget, 100, limits.NAME_BYTES + 1),
      "TOO_LARGE",
      "33 bytes",
    );
    refused(sys("process_create", factory, budget, 0, 1), "BAD_ARGUMENT", "weight 0");
  }),
  test("a process that never started ends with its last handle", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    prepare(facts, process);
    close(process);
  }),
  test("a process that never started can be killed, and its end is told", async (facts) => {
    const port = new TestPort();
    const process = emptyProcess(facts, facts.budget);
    port.bind(process, 3);
    must("process_kill", process, -5);
    const report = exitReport(await port.next("EXIT", 3));
    equal([report.reason, report.code], [exits.KILLED, -5], "reason, code");
    close(process);
    port.close();
  }),
  test("process_start refuses a malformed entry", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    const top = addresses.STACK_TOP;
    for (const bytes of [0, 8, 44, limits.SUBMIT_BYTES + 8]) {
      is(
        sys("process_start", process, addresses.ENGINE, top, bytes) < 0,
        `${bytes} bytes are refused`,
      );
    }
    close(process);
  }),
  withChild("a child starts, obeys and is killed", async (child) => {
    const [now] = await child.call("clock", []);
    is((now as number) > 0, "its clock");
    const report = await child.kill(9);
    equal(
      [report.reason, report.code, report.status],
      [exits.KILLED, 9, 9],
      "reason, code, status",
    );
  }),
  withChild("a started process can't be started again", async (child) => {
    const size = writeStart(new Uint8Array(96), []);
    const again = sys("process_start", child.process, addresses.ENGINE, addresses.STACK_TOP, size);
    refused(again, "BAD_STATE", "starting twice");
    await child.kill();
  }),
  withChild("a running process is counted and named", async (child) => {
    const { state, threads, used } = info(child.process);
    equal([state, threads, used > 0], [1, 1, true], "state, threads, memory");
    await child.kill();
  }),
  withChild("process_exit: reason and code in the report", async (child, port) => {
    const cookie = await child.begin([orders.SYS, EXIT_CALL, 42]);
    equal(await child.ended(cookie), code("MAYBE_EXECUTED"), "its order");
    const report = await child.exited();
    equal(
      [report.reason, report.code, report.status],
      [exits.EXITED, 42, 42],
      "reason, code, status",
    );
    await port.quiet();
  }),
  withChild("a read where nothing is mapped ends the process with a report", async (child) => {
    const wild = 0x4abc_def0_0000;
    await child.begin([orders.READ, wild]);
    const report = await child.exited();
    equal(
      [report.reason, report.vector, report.address],
      [exits.FAULT, PAGE_FAULT, wild],
      "report",
    );
  }),
  withChild("a read of the nucleus's half faults likewise", async (child) => {
    await child.begin([orders.READ, 0x7fff_ffff_f000]);
    const report = await child.exited();
    equal(report.reason, exits.FAULT, "reason");
  }),
  withChild("an exception that nobody catches ends the process with code 70", async (child) => {
    await child.begin([orders.THROW]);
    const report = await child.exited();
    equal([report.reason, report.code], [exits.EXITED, 70], "reason, code");
  }),
  withChild("JavaScript that exhausts its memory ends, and nothing else", async (child) => {
    await child.begin([orders.EXHAUST]);
    equal((await child.exited()).reason, exits.EXITED, "reason");
  }),
  withChild("JavaScript that recurses without end ends, and nothing else", async (child) => {
    await child.begin([orders.RECURSE]);
    equal((await child.exited()).reason, exits.EXITED, "reason");
  }),
  withChild("a killed process's channels close before its end is told", async (child, port) => {
    const [near, far] = channel();
    port.bind(near, 31);
    await child.take(far);
    must("process_kill", child.process, 0);
    await port.next("CLOSED", 31);
    await child.exited();
    close(near);
  }),
  withChild("killing twice is harmless", async (child) => {
    must("process_kill", child.process, 1);
    const again = sys("process_kill", child.process, 2);
    is(again === 0 || again === code("BAD_STATE"), "the second kill");
    equal((await child.exited()).code, 1, "the first code counts");
  }),
  withChild(
    "an ended process stays ended, and tells it to whoever binds it again",
    async (child, port) => {
      must("process_kill", child.process, 0);
      await child.end();
      equal(info(child.process).state, 3, "state");
      const gift = must("port_create");
      refused(sys("handle_give", child.process, gift, 4095), "BAD_STATE", "giving to it");
      await port.quiet();
      port.bind(child.process, 5);
      await port.next("EXIT", 5);
      await port.quiet();
      close(gift);
      child.forget();
    },
  ),
  test("the end is told to a port bound after it", async (facts) => {
    const port = new TestPort();
    const process = emptyProcess(facts, facts.budget);
    must("process_kill", process, 6);
    await port.quiet();
    port.bind(process, 4);
    equal(exitReport(await port.next("EXIT", 4)).code, 6, "code");
    close(process);
    port.close();
  }),
  withChild("all memory of an ended process is given back", async (child) => {
    must("budget_info", child.budget);
    is(second() > 0, "used while it runs");
    must("process_kill", child.process, 0);
    await child.end();
    await child.port.wait(sys("clock") + 1_000_000);
    must("budget_info", child.budget);
    equal(second(), 0, "used after its end");
    child.forget();
  }),
  withChild("handle_give reaches a running process", async (child) => {
    const memory = must("memory_create", 8192, 0);
    const there = must("handle_give", child.process, memory, 4095);
    equal(await child.sys("memory_info", there), 8192, "size, asked by the child");
    await child.kill();
  }),
  withChild("handles move to a child and back", async (child, port) => {
    const [near, far] = channel();
    port.bind(near, 8);
    const there = await child.take(far);
    equal(await child.sys("handle_close", there), 0, "closed by the child");
    await port.next("CLOSED", 8);
    close(near);
    await child.kill();
  }),
  withChild("a handle of one process is none in another", async (child) => {
    const mine = must("memory_create", 4096, 0);
    await child.sys("handle_close", mine + 1000);
    const theirs = await child.sys("memory_info", 0x3fff);
    refused(theirs, "BAD_HANDLE", "a number that only we could have");
    close(mine);
    await child.kill();
  }),
  test("a budget too small for its process is refused, and nothing stays", async (facts) => {
    const budget = must("budget_create", facts.budget, 8192);
    new Uint8Array(uusi.buffer).set(ascii("small"));
    const process = sys("process_create", facts.factory, budget, 100, 5);
    if (process > 0) {
      const size = writeStart(startPayload(facts), []);
      const entry = (facts.image["engine.text"] as ImageObject).entry;
      refused(
        sys("process_start", process, entry, addresses.STACK_TOP, size),
        "BUDGET_EMPTY",
        "start",
      );
      close(process);
    } else refused(process, "BUDGET_EMPTY", "create");
    const port = new TestPort();
    await port.wait(sys("clock") + 1_000_000);
    port.close();
    must("budget_info", budget);
    equal(second(), 0, "used");
    close(budget);
  }),
  test("probe threads run on every processor and end", async (facts) => {
    const port = new TestPort();
    const memory = must("memory_create", 4096, 0);
    const at = must("memory_map", 0, memory, 0, 0, 4096, 3);
    const stack = must("memory_create", 16384, 0);
    const top = must("memory_map", 0, stack, 0, 0, 16384, 3) + 16384;
    must("system_info", facts.system);
    const cpus = new DataView(uusi.buffer).getUint32(layouts.systemInfo.cpus, true);
    for (let cpu = 1; cpu <= cpus; cpu++) {
      const thread = must("thread_create", uusi.probeEntry, top, at, cpu);
      for (let i = 0; i < 200 && uusi.get32(at) < cpu; i++)
        await port.wait(sys("clock") + 1_000_000);
      equal(uusi.get32(at), cpu, "probes that ran");
      if (thread > 0) close(thread);
    }
    refused(
      sys("thread_create", uusi.probeEntry, top, at, cpus + 1),
      "BAD_ARGUMENT",
      "no such processor",
    );
    for (let i = 0; i < 200 && info(0).threads > 1; i++) await port.wait(sys("clock") + 1_000_000);
    equal(info(0).threads, 1, "threads left");
    must("memory_unmap", 0, at);
    must("memory_unmap", 0, top - 16384);
    close(memory, stack);
    port.close();
  }),
  test("spinning threads run on every processor, one pinned to each, and a kill ends them", async (facts) => {
    const port = new TestPort();
    const child = await Child.start(facts, port);
    const busy = (): number[] => {
      must("system_info", facts.system);
      const view = new DataView(uusi.buffer);
      const l = layouts.systemInfo;
      return Array.from({ length: view.getUint32(l.cpus, true) }, (_, i) =>
        Number(view.getBigUint64(l.cpuBusy + 8 * i, true)),
      );
    };
    const before = busy();
    const memory = await child.sys("memory_create", 4096 * (1 + before.length), 0);
    const at = await child.sys("memory_map", 0, memory, 0, 0, 4096 * (1 + before.length), 3);
    for (let i = 0; i < before.length; i++) {
      const stack = at + 4096 * (2 + i);
      equal(
        await child.sys("thread_create", uusi.spinEntry, stack, at + 8 * i, i + 1),
        0,
        "thread",
      );
    }
    const ran = () => busy().every((ns, i) => ns > (before[i] as number) + 1_000_000);
    for (let i = 0; i < 1000 && !ran(); i++) await port.wait(sys("clock") + 2_000_000);
    is(ran(), "every processor ran a millisecond of them");
    is(info(child.process).threads === before.length + 1, "threads");
    await child.kill();
    port.close();
  }),
  test("four children at once, killed in another order", async (facts) => {
    const children: [Child, TestPort][] = [];
    for (let i = 0; i < 4; i++) {
      const port = new TestPort();
      children.push([await Child.start(facts, port, CHILD_BUDGET), port]);
    }
    for (const i of [2, 0, 3, 1]) {
      const [child, port] = children[i] as [Child, TestPort];
      equal((await child.kill(i)).code, i, "code");
      port.close();
    }
  }),
  test("a batch process has the weight that it was made with", (facts) => {
    new Uint8Array(uusi.buffer).set([98], limits.SCRATCH_OFFSET);
    const batch = must("process_create", facts.factory, facts.budget, 7 + weights.BATCH, 1);
    must("process_info", batch);
    const told = new DataView(uusi.buffer).getUint32(layouts.processInfo.weight, true);
    equal(told, 7 + weights.BATCH, "weight");
    for (const weight of [weights.BATCH, weights.BATCH + 10001, 2 * weights.BATCH + 1]) {
      const none = sys("process_create", facts.factory, facts.budget, weight, 1);
      refused(none, "BAD_ARGUMENT", `weight ${weight}`);
    }
    close(batch);
  }),
];
