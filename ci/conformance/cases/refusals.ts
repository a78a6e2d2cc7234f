// Refusals that no other case meets: together with those, each error that a call can return is returned once (../cells.ts).
import { limits, rights } from "../../../sdk/abi/table.ts";
import { type Case, refused, test } from "../case.ts";
import { Child, emptyProcess, writeStart } from "../child.ts";
import { TestPort } from "../port.ts";
import { close, must, sys } from "../system.ts";

const PAGE = limits.PAGE_BYTES;
const LARGEST = 2 ** 30;
const DEVICE = 0x0720;

export const refusalCases: Case[] = [
  test("a copy larger than any memory object is TOO_LARGE", () => {
    const memory = must("memory_create", PAGE, 0);
    refused(sys("memory_clone", memory, 0, PAGE, LARGEST + PAGE), "TOO_LARGE", "beyond a GiB");
    close(memory);
  }),
  test("budgets nest sixteen deep", (facts) => {
    const chain: number[] = [];
    let last = facts.budget;
    for (let depth = 0; depth < 16; depth++) {
      last = must("budget_create", last, 0);
      chain.push(last);
    }
    refused(sys("budget_create", last, 0), "TOO_LARGE", "the seventeenth");
    close(...chain);
  }),
  test("DMA memory is for a device, has bytes, and at most 4 MiB", (facts) => {
    refused(sys("dma_create", facts.dma, PAGE), "BAD_ARGUMENT", "without a device");
    const device = must("handle_duplicate", facts.dma, rights.ALL, DEVICE);
    refused(sys("dma_create", device, 0), "BAD_ARGUMENT", "no bytes");
    refused(sys("dma_create", device, (4 << 20) + PAGE), "TOO_LARGE", "beyond 4 MiB");
    close(device);
  }),
  test("no vault is lent by or to what is no process", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    refused(sys("vault_lend", 16383, process), "BAD_HANDLE", "by none");
    refused(sys("vault_lend", process, 16383), "BAD_HANDLE", "to none");
    close(process);
  }),
  test("a process that has ended maps, unmaps and starts no more", async (facts) => {
    const port = new TestPort();
    const child = await Child.start(facts, port);
    must("process_kill", child.process, 0);
    await child.end();
    const memory = must("memory_create", PAGE, 0);
    const { process } = child;
    refused(sys("memory_map", process, memory, 0, 0, PAGE, 1), "BAD_STATE", "map");
    refused(sys("memory_unmap", process, 65536), "BAD_STATE", "unmap");
    const bytes = writeStart(new Uint8Array(), []);
    refused(sys("process_start", process, 65536, 65536, bytes), "BAD_STATE", "start");
    close(memory);
    child.forget();
    port.close();
  }),
  test("a START larger than a message, or with nine handles, is TOO_LARGE", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    const long = writeStart(new Uint8Array(limits.MESSAGE_BYTES + 1), []);
    refused(sys("process_start", process, 65536, 65536, long), "TOO_LARGE", "4,097 bytes");
    const many = writeStart(new Uint8Array(), new Array<number>(9).fill(facts.log));
    refused(sys("process_start", process, 65536, 65536, many), "TOO_LARGE", "nine handles");
    close(process);
  }),
  test("an empty budget refuses each call that makes pages", async (facts) => {
    const port = new TestPort();
    const child = await Child.start(facts, port, 14 << 20);
    const give = (handle: number, badge = 0) =>
      child.take(must("handle_duplicate", handle, rights.ALL, badge));
    const [factory, budget] = [await give(facts.factory), await give(facts.budget)];
    const dma = await give(facts.dma, DEVICE);
    const memory = await child.sys("memory_create", PAGE, 0);
    for (const bytes of [1 << 20, 1 << 16, PAGE])
      for (let made = 1; made > 0; ) made = await child.sys("memory_create", bytes, 0);
    refused(await child.sys("memory_create", PAGE, 0), "BUDGET_EMPTY", "memory");
    refused(await child.sys("memory_clone", memory, 0, PAGE, PAGE), "BUDGET_EMPTY", "a copy");
    refused(await child.sys("thread_create", 65536, 65536, 0, 0), "BUDGET_EMPTY", "a thread");
    refused(await child.sys("dma_create", dma, PAGE), "BUDGET_EMPTY", "DMA memory");
    const [least] = [await child.sys("budget_create", budget, 0)];
    refused(await child.sys("process_create", factory, least, 100, 1), "BUDGET_EMPTY", "a process");
    await child.kill();
    port.close();
  }),
];
