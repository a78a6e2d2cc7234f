// Many swaps of a server under load (testing/torture.ts) on the simulated nucleus: no call is lost, doubled or out of order, and what the system
// holds stays what it was. The size is small here and 1,000 swaps in `just soak`.
import test from "ava";
import { hostLines, swapScene } from "./testing/swap-scene.ts";
import { tortureBody, torturedCodes, torturedServer } from "./testing/torture.ts";
import { torture } from "./testing/torture-lines.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = soak ? 1000 : 25;

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
      const lines = await hostLines(guest);
      for (const line of lines) t.log(line);
      const { memory, pauses, tries, ...rest } = torture(lines, entries);
      const { calls, ...exact } = rest;
      t.true(calls > SWAPS);
      t.deepEqual(exact, { lost: 0, doubled: 0, ended: 0, refused: "", handles: 0, wrong: [] });
      t.is(tries, 0);
      // pages come and go with the engines' heaps; what stays must not grow with the swaps
      t.true(memory < 64 << 10, `${memory} bytes more than after the first swaps`);
      t.true(pauses.worst <= 50, `paused ${pauses.median} ms, at most ${pauses.worst} ms`);
    },
  );
