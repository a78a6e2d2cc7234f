// Many swaps of a server under load (testing/torture.ts) on the simulated nucleus: no call is lost, doubled or out of order, and what the system
// holds stays what it was. The size is small here and 1,000 swaps in `just soak`.
import test from "ava";
import type { SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";
import { tortureBody, torturedCodes, torturedServer } from "./testing/torture.ts";
import { torture } from "./testing/torture-lines.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = soak ? 1000 : 25;

/** Blocks that the allocator of init's engine has given out. */
const blocksOfInit = (guest: SimGuest) =>
  guest.machine.servers().get("init")!.engine!.blocks().length / 2;

for (const entries of [10, 10_000])
  test.serial(
    `swaps under load lose nothing, and leave nothing behind: ${entries} entries`,
    async (t) => {
      t.timeout(soak ? 1_800_000 : 600_000);
      const guest = await swapScene(
        [torturedServer(entries)],
        torturedCodes(entries),
        tortureBody(SWAPS),
      );
      await guest.expect(/^host: (?:warning: )?at 9: .*\n/m);
      const early = blocksOfInit(guest);
      const lines = await hostLines(guest);
      const more = blocksOfInit(guest) - early;
      for (const line of lines) t.log(line);
      t.log(`${more} blocks of init's heap more`);
      const { memory, pauses, tries, ...rest } = torture(lines, entries);
      const { calls, ...exact } = rest;
      t.true(calls > SWAPS);
      t.deepEqual(exact, { lost: 0, doubled: 0, ended: 0, refused: "", handles: 0, wrong: [] });
      t.is(tries, 0);
      // pages come and go with the engines' heaps; what stays must not grow with the swaps
      t.true(memory < 64 << 10, `${memory} bytes more than after the first swaps`);
      // each swap ends a client and a process of init's: they must go at once, not when the engine looks for cycles
      t.true(more < 8 * SWAPS, `${more} blocks of init's heap more`);
      t.true(pauses.worst <= 50, `paused ${pauses.median} ms, at most ${pauses.worst} ms`);
    },
  );
