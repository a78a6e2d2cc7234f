// netd is swapped in QEMU while a transfer and pings go through it (servers/netd/testing/swap-work.ts, as on the simulated nucleus): nothing is
// lost. `just soak` alone: 100 swaps.
import test from "ava";
import {
  hostFields,
  netdCodes,
  swapLosses,
  swappingHost,
} from "../../servers/netd/testing/swap-work.ts";
import { bootedScene } from "./booted-scene.ts";

const swaps = Number(process.env["LEIVOS_SWAPS"] ?? 100);
const bytes = 40_000 * swaps;
const asked = process.env["LEIVOS_CAMPAIGN"] === "soak" ? test : test.skip;

asked(`${swaps} swaps of netd in QEMU under pings and a transfer lose nothing`, async (t) => {
  t.timeout(1_800_000);
  const lines = await bootedScene({
    folder: "soak-netd-swaps",
    servers: [],
    codes: netdCodes(),
    host: (codes) => ({ fields: hostFields, code: swappingHost(codes, swaps, bytes) }),
    without: ["httpd", "e1000e"],
    network: { kind: "user", options: [] },
    patience: 1_700_000,
  });
  for (const line of lines) t.log(line);
  t.deepEqual(swapLosses(lines, bytes), []);
});
