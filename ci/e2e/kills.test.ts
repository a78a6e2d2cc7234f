// Killing netd again and again leaves the free pages where they were: 10 times in `npm test`, 500 times in `just soak`. What the nucleus has
// is counted to the page: free memory and what init's budget, the root of all, has charged add up to the same. What is free may differ by the heaps of servers
// that live on, which move in steps of 64 pages as garbage comes and goes.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import type { Source } from "../../sdk/cli/channel/facts.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { command, logIn } from "../qemu/person.ts";

const kills = process.env.LEIVOS_CAMPAIGN === "soak" ? 500 : 10;
const page = 4096;
/** What the heaps of servers that live on may be larger by, in pages: steps with a table each. init's breathes by three, whatever comes after. */
const heapSteps = 5 * (64 + 1);
/** After this many the heaps of the servers that take part have come to rest. */
const warming = 20;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One kill, the new lease, and an empty restart history. */
async function cycle(guest: Guest): Promise<void> {
  await command(guest, "kill netd");
  while (!/dhcp +bound/.test(await command(guest, "ip"))) await pause(100);
  await command(guest, "clear netd");
}

/** Free pages, and bytes that are free or charged to the root of all budgets, once every server has been idle and has collected its garbage. */
async function memory(guest: Guest, source: Source) {
  await command(guest, "mem");
  await pause(3000);
  const { free, slab } = await source.memory();
  const processes = await source.processes();
  const root = processes.find(({ name }) => name === "init")!;
  return { free: free / page, slab, sum: free + root.used };
}

test(`${kills} kills of netd leave the free pages where they were`, async (t) => {
  t.timeout(kills > 10 ? 1_800_000 : 600_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  try {
    await logIn(guest);
    for (let i = 0; i < warming; i++) await cycle(guest);
    const source = liveSource(await Connection.open(guest.channel));
    const before = await memory(guest, source);
    for (let i = 0; i < kills; i++) await cycle(guest);
    const after = await memory(guest, source);
    t.log(`${before.free} pages before, ${after.free} after`);
    t.true(before.free - after.free <= heapSteps, `${before.free} before, ${after.free} after`);
    // What is free in pages of the slab heap is nobody's.
    const slack = page + Math.abs(after.slab - before.slab);
    t.true(Math.abs(before.sum - after.sum) < slack, `${before.sum} before, ${after.sum} after`);
  } finally {
    await guest.close();
  }
});
