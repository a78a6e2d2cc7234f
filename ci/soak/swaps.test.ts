// Many swaps of a server under load in QEMU (servers/init/testing/torture.ts, as on the simulated nucleus): no call is lost, doubled or out of
// order, and handles, timers and entries are what they were. Times are printed, not asserted. `just soak` alone: 1,000 swaps.
import test from "ava";
import { tortureBody, torturedCodes, torturedServer } from "../../servers/init/testing/torture.ts";
import { torture } from "../../servers/init/testing/torture-lines.ts";
import { bootedScene } from "./booted-scene.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const asked = soak ? test.serial : test.skip;
const SWAPS = Number(process.env["LEIVOS_SWAPS"] ?? 1000);
/** Bytes that heaps of servers that live on may take more: a few steps of 64 pages and a table each (ci/e2e/kills.test.ts). */
const BREATH = 5 * 65 * 4096;

for (const entries of [10, 10_000])
  asked(
    `${SWAPS} swaps under load in QEMU lose nothing, and leave nothing behind: ${entries} entries`,
    async (t) => {
      t.timeout(1_800_000);
      const lines = await bootedScene({
        folder: "soak-swaps",
        servers: [torturedServer(entries)],
        codes: torturedCodes(entries),
        body: tortureBody(SWAPS),
        without: ["netd", "httpd", "virtio-net", "e1000e"],
        patience: 1_700_000,
        say: (line) => t.log(line),
      });
      const { calls, memory, pauses, tries, ...exact } = torture(lines, entries);
      t.log({ calls, memory, pauses, tries });
      t.true(calls > SWAPS);
      t.deepEqual(exact, { lost: 0, doubled: 0, ended: 0, refused: "", handles: 0, wrong: [] });
      t.true(memory < BREATH, `${memory} bytes more than after the first swaps`);
    },
  );
