// The network over QEMU's e1000e instead of the virtio card: lease, ping, the link, and a driver that was killed.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
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
    if (wanted.test(text) || tries === 40) return text;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test.serial("lease, ping, a link that goes and comes, a driver that was killed", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({
    machine: { card: "e1000e", mac: "52:54:00:12:34:57" },
    options: { netd_wait: "30000" },
  });
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    t.regex(await run(guest, "ip"), /^link +up +52:54:00:12:34:57$/m);
    t.regex(await run(guest, "ping 10.0.2.2 2"), /seq=2 .*\n2 sent, 2 received/);
    await guest.qmp.execute("set_link", { name: "net0", up: false });
    t.regex(await until(guest, "ip", /^link +down/m), /^link +down/m);
    await guest.qmp.execute("set_link", { name: "net0", up: true });
    t.regex(await until(guest, "ip", /^link +up/m), /^link +up/m);
    t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
    await run(guest, "kill e1000e");
    const back = /killed[\s\S]*e1000e: card at/;
    t.regex(await until(guest, "log e1000e", back), back);
    t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
  } finally {
    await guest.close();
  }
});
