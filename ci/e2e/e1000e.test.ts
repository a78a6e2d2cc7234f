// The network over QEMU's e1000e instead of the virtio card: lease, ping, the link, and a driver that was killed.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, commandUntil, logIn } from "../qemu/person.ts";

test.serial("lease, ping, a link that goes and comes, a driver that was killed", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({
    machine: { card: "e1000e", mac: "52:54:00:12:34:57" },
    options: { netd_wait: "30000" },
  });
  try {
    await logIn(guest);
    t.regex(await command(guest, "ip"), /^link +up +52:54:00:12:34:57$/m);
    t.regex(await command(guest, "ping 10.0.2.2 2"), /seq=2 .*\n2 sent, 2 received/);
    await guest.qmp.execute("set_link", { name: "net0", up: false });
    t.regex(await commandUntil(guest, "ip", /^link +down/m), /^link +down/m);
    await guest.qmp.execute("set_link", { name: "net0", up: true });
    t.regex(await commandUntil(guest, "ip", /^link +up/m), /^link +up/m);
    t.regex(await commandUntil(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
    await command(guest, "kill e1000e");
    const back = /killed[\s\S]*e1000e: card at/;
    t.regex(await commandUntil(guest, "log e1000e", back), back);
    t.regex(await commandUntil(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
  } finally {
    await guest.close();
  }
});
