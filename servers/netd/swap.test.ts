// netd is swapped while pings and transfers run on the simulated nucleus: lease, connections, sockets and listeners go on.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { hostFields, netdCodes, swapLosses, swappingHost } from "./testing/swap-work.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = soak ? 100 : 12;
const BYTES = soak ? 4_000_000 : 400_000;

test("netd is swapped under pings and transfers, and nothing is lost", async (t) => {
  t.timeout(600_000);
  const system = await freshSystem();
  const { one, two } = netdCodes();
  const codes = { one: await serverScript(one), two: await serverScript(two) };
  const host = swappingHost(codes, SWAPS, BYTES);
  const guest = await SimGuest.boot(await withServer(system, host, hostFields));
  await guest.login();
  await guest.pass(60e9);
  const log = await guest.command("log host");
  t.log(log);
  t.log(await guest.command("log netd"));
  const lines = log
    .split(/\r?\n/)
    .map((line) => /^host: (?:warning: )?(.*)$/.exec(line)?.[1] ?? "");
  t.deepEqual(swapLosses(lines, BYTES), []);
  t.regex(await guest.command("ip"), /^dhcp +bound/m);
});
