// Many swaps of a server under load in QEMU (servers/init/testing/torture.ts, as on the simulated nucleus): no call is lost, doubled or out of
// order, and handles, timers and entries are what they were. Times are printed, not asserted. 12 swaps, and 1,000 in `just soak`.
import test from "ava";
import { tortureBody, torturedCodes, torturedServer } from "../../servers/init/testing/torture.ts";
import { torture } from "../../servers/init/testing/torture-lines.ts";
import { bootedScene } from "./booted-scene.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = Number(process.env["LEIVOS_SWAPS"] ?? (soak ? 1000 : 12));
/** Bytes that heaps of servers that live on may take more: a few steps of 64 pages and a table each (ci/e2e/kills.test.ts). */
const BREATH = 5 * 65 * 4096;

for (const entries of soak ? [10, 10_000] : [10_000])
  test.serial(
    `${SWAPS} swaps under load in QEMU lose nothing, and leave nothing behind: ${entries} entries`,
    async (t) => {
      t.timeout(soak ? 1_800_000 : 600_000);
      const lines = await bootedScene({
        folder: "soak-swaps",
        servers: [torturedServer(entries)],
        codes: torturedCodes(entries),
        body: tortureBody(SWAPS),
        without: ["netd", "httpd", "virtio-net", "e1000e"],
        patience: soak ? 1_700_000 : 480_000,
        say: (line) => t.log(line),
      });
      const { calls, memory, pauses, tries, ...exact } = torture(lines, entries);
      t.log({ calls, memory, pauses, tries });
      t.true(calls > SWAPS);
      t.deepEqual(exact, { lost: 0, doubled: 0, ended: 0, refused: "", handles: 0, wrong: [] });
      t.true(memory < BREATH, `${memory} bytes more than after the first swaps`);
    },
  );
