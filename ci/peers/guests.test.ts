// Two guests on one wire, with Linux between them as any other host: they find each other, talk, and survive each other.
import { join } from "node:path";
import test from "ava";
import { root } from "../setup/paths.mjs";
import { startDnsmasq } from "./dnsmasq.ts";
import { LinuxNet, linuxAddress, whyNoLinuxNet } from "./linux-net.ts";
import { PeerGuest } from "./peer-guest.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const node = process.execPath;
const talk = join(root, "ci/peers/talk.ts");

const why = whyNoLinuxNet();
const onLinux = why === undefined ? test.serial : test.serial.skip;
if (why !== undefined) process.stderr.write(`guests: skipped, since ${why}\n`);

onLinux("two guests: leases, pings, pages, a transfer through both, one that leaves", async (t) => {
  t.timeout(400_000);
  const net = LinuxNet.make();
  const guests: PeerGuest[] = [];
  try {
    const wire = net.addTap("tap1");
    const dnsmasq = await startDnsmasq(net, {
      address: linuxAddress,
      range: ["10.77.0.50", "10.77.0.60"],
      interface: wire,
      renew: 60,
      rebind: 100,
      names: {},
    });
    const macs = ["52:54:00:12:34:61", "52:54:00:12:34:62"];
    const started = macs.map((mac, i) => PeerGuest.start(net, dnsmasq, { tap: `tap${i}`, mac }));
    for (const each of await Promise.allSettled(started))
      if (each.status === "fulfilled") guests.push(each.value);
    t.is(guests.length, 2);
    const [a, b] = guests as [PeerGuest, PeerGuest];
    t.not(a.address, b.address);
    t.regex(await a.run(`ping ${b.address} 2`), /^2 sent, 2 received/m);
    t.regex(await b.run(`ping ${a.address} 2`), /^2 sent, 2 received/m);
    t.regex(await a.run("arp"), new RegExp(`^${b.address} +${macs[1]} +fresh`, "m"));
    t.regex(await a.run(`traceroute ${b.address}`), new RegExp(`^ {2}1 {2}${b.address} `, "m"));
    t.regex(await a.run(`fetch http://${b.address}/`), /<html/);
    t.regex(await b.run(`fetch http://${a.address}/`), /<html/);
    const size = soak ? 10 << 20 : 300 << 10;
    const argv = [node, talk, "ask", a.address, "7", `call ${b.address} 7\necho`, String(size)];
    const { out, errors } = await net.run(argv, 300_000);
    const told = JSON.parse(out || "{}") as { sent?: string; got?: string; bytes?: number };
    t.is(told.bytes, size, errors);
    t.is(told.got, told.sent);
    // One of them is gone: the other learns it, and goes on.
    await b.close();
    t.regex(await a.until(`ping ${b.address} 1`, /0 received/), /^1 sent, 0 received/m);
    t.regex(await a.run(`ping ${linuxAddress} 1`), /^1 sent, 1 received/m);
  } finally {
    for (const each of guests) await each.close();
    await net.close();
  }
});
