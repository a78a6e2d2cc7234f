// Killing netd again and again leaves the free pages where they were: 10 times in `npm test`, 500 times in `just soak`. The nucleus's part of
// that is exact, and the simulated nucleus counts it (sdk/sim/server-deaths.test.ts); here the heaps of init, console and virtio-net count
// too, which move in steps of 64 pages as garbage comes and goes.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

const kills = process.env.LEIVOS_CAMPAIGN === "soak" ? 500 : 10;
/** What the heaps of the three servers may differ by: two steps, each with a page of tables. 500 kills may then lose a page in four kills at most. */
const heapSteps = 2 * (64 + 1);
/** After this many the heaps of the servers that take part have come to rest. */
const warming = 20;
const prompt = /leivos\$ $/;

async function run(guest: Guest, line: string): Promise<string> {
  const from = guest.transcript.text.length;
  guest.type(`${line}\n`);
  await guest.expect(prompt);
  return guest.transcript.text.slice(from);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One kill, the new lease, and an empty restart history. */
async function cycle(guest: Guest): Promise<void> {
  await run(guest, "kill netd");
  while (!/dhcp +bound/.test(await run(guest, "ip"))) await pause(100);
  await run(guest, "clear netd");
}

/** Free pages once every server has been idle and has collected its garbage. */
async function freePages(guest: Guest): Promise<number> {
  await run(guest, "mem");
  await pause(3000);
  return Number(/free +\d+ MiB +(\d+)/.exec(await run(guest, "mem"))![1]);
}

test(`${kills} kills of netd leave the free pages where they were`, async (t) => {
  t.timeout(kills > 10 ? 1_800_000 : 600_000);
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    guest.type("\n");
    await guest.expect(/login: $/);
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(prompt);
    for (let i = 0; i < warming; i++) await cycle(guest);
    const before = await freePages(guest);
    for (let i = 0; i < kills; i++) await cycle(guest);
    const after = await freePages(guest);
    t.true(before - after <= heapSteps, `${before} pages before, ${after} after`);
  } finally {
    await guest.close();
  }
});
