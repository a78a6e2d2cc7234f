// No telemetry: from the hand-over to some time of idleness, in a soak a minute, the wire holds ARP and DHCP and nothing else; and an
// announcement when the card asks for one. (A minute is short on the simulated nucleus: sdk/sim/system.test.ts.)
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

/** A request of ARP for the address that it comes from (RFC 5227 section 2.3). */
function announces(frame: Uint8Array): boolean {
  const same = Buffer.compare(frame.subarray(28, 32), frame.subarray(38, 42)) === 0;
  return frameKind(frame) === "arp" && frame[21] === 1 && same;
}

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
    // A machine that was moved: the card asks its host to tell the wire where it is now. A new address is announced twice before.
    const announced = async (count: number) => {
      const now = () => captureFrames(readFileSync(capture)).filter(announces).length;
      for (let tries = 0; tries < 240 && now() < count; tries++)
        await new Promise((resolve) => setTimeout(resolve, 250));
      return now();
    };
    t.is(await announced(2), 2);
    await guest.qmp.execute("announce-self", { initial: 50, max: 550, rounds: 1, step: 50 });
    t.is(await announced(3), 3);
  } finally {
    await guest.close();
  }
});
