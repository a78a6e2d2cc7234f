// Two network cards on two networks: a lease and a way for each, and what becomes of one is nothing to the other.
import test from "ava";
import { freshGuest, loginPrompt } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

/** What a command prints. */
async function run(guest: Guest, line: string): Promise<string> {
  guest.type(`${line}\n`);
  const { input, index } = await guest.expect(/leivos\$ $/);
  return input.slice(0, index).replaceAll("\r", "");
}

/** Runs a command until it prints what is wanted. */
async function until(guest: Guest, line: string, wanted: RegExp): Promise<string> {
  for (let tries = 0; ; tries++) {
    const text = await run(guest, line);
    if (wanted.test(text) || tries === 60) return text;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test.serial(
  "a lease for each, pings through each, and one that goes leaves the other",
  async (t) => {
    t.timeout(400_000);
    // Of a saved state QEMU's two user networks get each other's leases back.
    const guest = await freshGuest({
      machine: {
        network: { kind: "user", options: [] },
        second: { kind: "user", options: ["net=10.1.0.0/24"] },
      },
      options: { netd_wait: "30000" },
    });
    try {
      await guest.expect(loginPrompt, 180_000);
      guest.type("dev\n");
      await guest.expect(/Password: $/);
      guest.type("dev\n");
      await guest.expect(/leivos\$ $/);
      const both =
        /^net0 +up [\s\S]*^ +10\.0\.2\.\d+\/24 [\s\S]*^net1 +up [\s\S]*^ +10\.1\.0\.\d+\/24 /m;
      t.regex(await until(guest, "ip", both), both);
      t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /1 received/);
      t.regex(await until(guest, "ping 10.1.0.2 1", /1 received/), /1 received/);
      t.regex(await run(guest, "arp"), /10\.0\.2\.2[\s\S]*10\.1\.0\.2/);
      // The first one is unplugged: what it was given is gone, and the way out is the other.
      await guest.qmp.execute("set_link", { name: "net0", up: false });
      const second = /^address +10\.1\.0\.\d+\/24/m;
      t.regex(await until(guest, "ip", second), second);
      t.regex(await run(guest, "ping 10.1.0.2 2"), /2 sent, 2 received/);
      await guest.qmp.execute("set_link", { name: "net0", up: true });
      t.regex(await until(guest, "ip", both), both);
      t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /1 received/);
      // A driver that dies and comes back, beside the other one; then a new netd with the leases of both.
      await run(guest, "kill virtio-net");
      t.regex(await run(guest, "ping 10.1.0.2 2"), /2 sent, 2 received/);
      t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /1 received/);
      await run(guest, "kill netd");
      t.regex(await until(guest, "ip", both), both);
      t.regex(await until(guest, "ping 10.1.0.2 1", /1 received/), /1 received/);
    } finally {
      await guest.close();
    }
  },
);
