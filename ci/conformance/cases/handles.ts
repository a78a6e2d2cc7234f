// Handles: numbers, generations, rights that only shrink, badges that are set once, moves into another process.
import { kinds, limits, rights } from "../../../sdk/abi/table.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { Child, emptyProcess } from "../child.ts";
import { send } from "../message.ts";
import { channel, TestPort } from "../port.ts";
import { close, must, restricted, rightsOf, second, sys, without } from "../system.ts";

const none = new Uint8Array(0);
const INDEX = 2 ** limits.HANDLE_INDEX_BITS;

/** What a handle names: kind, rights, badge. */
function info(handle: number): [number, number, number] {
  const value = must("handle_info", handle);
  return [value % 256, Math.floor(value / 256), second()];
}

export const handleCases: Case[] = [
  test("a closed number is BAD_HANDLE", () => {
    const port = must("port_create");
    close(port);
    refused(sys("handle_close", port), "BAD_HANDLE", "closing twice");
    refused(sys("handle_info", port), "BAD_HANDLE", "asking");
  }),
  test("0 is no handle", () => {
    refused(sys("handle_info", 0), "BAD_HANDLE", "handle_info");
    refused(sys("handle_close", 0), "BAD_HANDLE", "handle_close");
  }),
  test("a slot that is used again has another generation", () => {
    const first = must("port_create");
    close(first);
    const again = must("port_create");
    equal(again % INDEX, first % INDEX, "the slot");
    equal(Math.floor(again / INDEX), Math.floor(first / INDEX) + 1, "the generation");
    refused(sys("handle_info", first), "BAD_HANDLE", "the old number");
    close(again);
  }),
  test("a thousand uses of a slot give a thousand numbers", () => {
    const seen = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const h = must("timer_create");
      seen.add(h);
      close(h);
    }
    equal(seen.size, 1000, "numbers");
  }),
  test("handle_info names every kind that can be made here", (facts) => {
    const [near, far] = channel();
    const made: [number, number][] = [
      [near, kinds.ENDPOINT],
      [must("port_create"), kinds.PORT],
      [must("memory_create", 4096, 0), kinds.MEMORY],
      [must("timer_create"), kinds.TIMER],
      [must("budget_create", facts.budget, 4096), kinds.BUDGET],
      [emptyProcess(facts, facts.budget), kinds.PROCESS],
      [must("interrupt_create", facts.interrupts, 256), kinds.INTERRUPT],
      [must("io_ports_create", facts.ioPorts, 0x80, 1), kinds.IO_PORTS],
    ];
    for (const [handle, kind] of made) equal(info(handle)[0], kind, `kind of ${kind}`);
    close(far, ...made.map(([h]) => h));
  }),
  test("handle_info names the privileges", (facts) => {
    equal(info(facts.factory)[0], kinds.PROCESS_FACTORY, "factory");
    equal(info(facts.interrupts)[0], kinds.INTERRUPT_PRIVILEGE, "interrupts");
    equal(info(facts.ioPorts)[0], kinds.IO_PORT_PRIVILEGE, "I/O ports");
    equal(info(facts.deviceMemory)[0], kinds.DEVICE_MEMORY_PRIVILEGE, "device memory");
    equal(info(facts.dma)[0], kinds.DMA_PRIVILEGE, "DMA");
    equal(info(facts.log)[0], kinds.DEBUG_LOG, "log");
    equal(info(facts.system)[0], kinds.SYSTEM, "system");
  }),
  test("a duplicate has the rights asked for", () => {
    const port = must("port_create");
    const copy = restricted(port, rights.INFO | rights.TRANSFER);
    equal(rightsOf(copy), rights.INFO | rights.TRANSFER, "rights");
    close(port, copy);
  }),
  test("a duplicate never has more rights than its original", () => {
    const memory = must("memory_create", 4096, 0);
    const weak = restricted(memory, rights.DUPLICATE | rights.READ);
    const copy = sys("handle_duplicate", weak, rights.ALL, 0);
    if (copy > 0) {
      equal(rightsOf(copy) & ~rightsOf(weak), 0, "added rights");
      close(copy);
    } else refused(copy, "NO_RIGHT", "asking for more");
    close(memory, weak);
  }),
  test("a duplicate outlives its original", () => {
    const memory = must("memory_create", 8192, 0);
    const copy = restricted(memory, rights.ALL);
    close(memory);
    equal(must("memory_info", copy), 8192, "size");
    close(copy);
  }),
  test("a badge is shown, kept by 0, and set only once", () => {
    const [near, far] = channel();
    const badged = must("handle_duplicate", near, rights.ALL, 77);
    equal(info(badged)[2], 77, "badge");
    const kept = must("handle_duplicate", badged, rights.ALL, 0);
    equal(info(kept)[2], 77, "badge of the copy");
    const again = sys("handle_duplicate", badged, rights.ALL, 78);
    is(again < 0, "setting a second badge is refused");
    close(near, far, badged, kept);
  }),
  test("a badge has 64 bits", () => {
    const port = must("port_create");
    const badged = must("handle_duplicate", port, rights.ALL, 2 ** 52 + 1);
    equal(info(badged)[2], 2 ** 52 + 1, "badge");
    close(port, badged);
  }),
  test("every message shows the badge of the handle it was sent through", async () => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, 5);
    const badged = must("handle_duplicate", near, rights.ALL, 77);
    await port.deliver(send(near), send(badged));
    const shown = [(await port.next("MESSAGE", 5)).badge, (await port.next("MESSAGE", 5)).badge];
    equal(shown, [0, 77], "badges");
    close(near, far, badged);
    port.close();
  }),
  test("handle_give moves a handle with fewer rights", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    const memory = must("memory_create", 4096, 0);
    const there = must("handle_give", process, memory, rights.READ | rights.INFO);
    is(there > 0, "a number there");
    refused(sys("handle_info", memory), "BAD_HANDLE", "the number here");
    close(process);
  }),
  test("handle_give fails without a trace", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    const memory = must("memory_create", 4096, 0);
    const fixed = restricted(memory, without(rights.TRANSFER));
    refused(sys("handle_give", process, fixed, rights.ALL), "NO_RIGHT", "without TRANSFER");
    equal(must("memory_info", fixed), 4096, "still here");
    close(process, memory, fixed);
  }),
  test("many handles: all distinct, all found, all closed", () => {
    const all: number[] = [];
    for (let i = 0; i < 600; i++) all.push(must("port_create"));
    equal(new Set(all).size, 600, "distinct");
    for (let i = 0; i < 600; i += 37) equal(info(all[i] as number)[0], kinds.PORT, `port ${i}`);
    close(...all);
  }),
  test("processes that have not started can't hold each other", async (facts) => {
    const [one, two] = [emptyProcess(facts, facts.budget), emptyProcess(facts, facts.budget)];
    const copy = restricted(one, rights.ALL);
    refused(sys("handle_give", two, copy, rights.ALL), "BAD_STATE", "one into the other");
    refused(sys("handle_give", one, copy, rights.ALL), "BAD_STATE", "into itself");
    // Nor in a queue that only the other could read.
    const port = new TestPort();
    const [near, far] = channel();
    must("handle_give", two, far, rights.ALL);
    const moved = await port.submit(
      send(near, none, [{ handle: copy }]),
      send(near, none, [{ handle: one, copy: true }]),
    );
    for (const status of moved) refused(status, "BAD_STATE", "in a message");
    close(copy, one, two, near);
    port.close();
  }),
  test("a process that has started travels", async (facts) => {
    const port = new TestPort();
    const [near, far] = channel();
    port.bind(far, 5);
    const child = await Child.start(facts, port);
    await port.deliver(send(near, none, [{ handle: child.process, copy: true }]));
    const [there] = (await port.next("MESSAGE", 5)).handles;
    equal(info(there as number)[0], kinds.PROCESS, "its kind");
    close(there as number, near, far);
    await child.kill();
    port.close();
  }),
];
