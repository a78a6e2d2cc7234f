// No telemetry: from the hand-over to some time of idleness, in a soak a minute, the wire holds ARP and DHCP and nothing else. (A minute is
// short on the simulated nucleus: sdk/sim/system.test.ts.)
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { freshGuest, loginPrompt } from "../qemu/booted-guest.ts";
import { captureFrames, frameKind } from "./capture.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-wire-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** Milliseconds of idleness. */
const idle = process.env.LEIVOS_CAMPAIGN === "soak" ? 60_000 : 8_000;

test("an idle system says nothing but ARP and DHCP", async (t) => {
  t.timeout(240_000);
  const capture = join(folder, "wire.pcap");
  const guest = await freshGuest({ machine: { capture }, options: { netd_wait: "30000" } });
  try {
    // What the firmware sends before the hand-over is not ours.
    await guest.expect(/\[ok\] uefi memory map preserved/);
    const before = captureFrames(readFileSync(capture)).length;
    await guest.expect(loginPrompt);
    await new Promise((resolve) => setTimeout(resolve, idle));
    const kinds = captureFrames(readFileSync(capture)).slice(before).map(frameKind);
    t.true(kinds.includes("dhcp"), "the capture works: a lease was taken");
    t.deepEqual([...new Set(kinds)].sort(), ["arp", "dhcp"]);
  } finally {
    await guest.close();
  }
});
