// The network of a booted guest: lease, ping, and servers that are killed and come back.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { command, commandUntil, logIn } from "../qemu/person.ts";

async function loggedIn(): Promise<Guest> {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  await logIn(guest);
  return guest;
}

test.serial("lease and ping, also after the card's driver was killed", async (t) => {
  const guest = await loggedIn();
  try {
    const state = await command(guest, "ip");
    t.regex(state, /^link +up +52:54:00:12:34:56$/m);
    t.regex(state, /^address +10\.0\.2\.15\/24$/m);
    t.regex(state, /^router +10\.0\.2\.2$/m);
    t.regex(state, /^dhcp +bound +from 10\.0\.2\.2$/m);
    t.regex(await command(guest, "ping 10.0.2.2 2"), /seq=2 .*\n2 sent, 2 received/);
    t.regex(await command(guest, "ping 127.0.0.1 1"), /^1 sent, 1 received/m);
    t.regex(await command(guest, "ping 10.0.2.15 1"), /^1 sent, 1 received/m);
    t.regex(await command(guest, "ping 0.0.0.0 1"), /no address that one can send to/);
    t.regex(await command(guest, "ping 10.0.2 1"), /is no IPv4 address/);
    t.regex(await command(guest, "ping localhost 1"), /^1 sent, 1 received/m);
    t.regex(await command(guest, "arp"), /^10\.0\.2\.2 +52:55:0a:00:02:02 +fresh/m);
    t.regex(
      await command(guest, "traceroute 10.0.2.2"),
      /^ {2}1 {2}10\.0\.2\.2(?: {2}[\d.]+ ms){3}$/m,
    );
    t.regex(await command(guest, "nc 127.0.0.1 81"), /^Nobody listens/m);
    await command(guest, "kill virtio-net");
    const back = /killed[\s\S]*virtio-net: card at/;
    t.regex(await commandUntil(guest, "log virtio-net", back), back);
    t.regex(await commandUntil(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
  } finally {
    await guest.close();
  }
});
