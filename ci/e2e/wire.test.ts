// No telemetry: from the hand-over to a minute of idleness the wire holds ARP and DHCP and nothing else.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { freshGuest, loginPrompt } from "../qemu/booted-guest.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-wire-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** What a frame is, for the list that the test compares. */
function kind(frame: Buffer): string {
  const type = frame.readUInt16BE(12);
  if (type === 0x0806) return "arp";
  if (type !== 0x0800) return `ethertype ${type.toString(16)}`;
  const header = (frame[14]! & 15) * 4;
  if (frame[23] !== 17) return `ip protocol ${frame[23]}`;
  const ports = [frame.readUInt16BE(14 + header), frame.readUInt16BE(16 + header)].sort();
  return ports[0] === 67 && ports[1] === 68 ? "dhcp" : `udp ${ports.join(" ")}`;
}

/** The frames of a capture (pcap, link type Ethernet) from an offset on. */
function frames(capture: Buffer, from: number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = from; at + 16 <= capture.length; ) {
    const bytes = capture.readUInt32LE(at + 8);
    found.push(capture.subarray(at + 16, at + 16 + bytes));
    at += 16 + bytes;
  }
  return found;
}

test("an idle system says nothing but ARP and DHCP", async (t) => {
  t.timeout(240_000);
  const capture = join(folder, "wire.pcap");
  const guest = await freshGuest({ machine: { capture }, options: { netd_wait: "30000" } });
  try {
    // What the firmware sends before the hand-over is not ours.
    await guest.expect(/\[ok\] uefi memory map preserved/);
    const handover = statSync(capture).size;
    await guest.expect(loginPrompt);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    const kinds = frames(readFileSync(capture), handover).map(kind);
    t.true(kinds.includes("dhcp"), "the capture works: a lease was taken");
    t.deepEqual([...new Set(kinds)].sort(), ["arp", "dhcp"]);
  } finally {
    await guest.close();
  }
});
