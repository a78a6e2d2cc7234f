// The network commands of the shell against the simulated wire, and against this machine itself.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

async function loggedIn(): Promise<SimGuest> {
  const guest = await SimGuest.boot(system);
  await guest.login();
  return guest;
}

const lines = async (guest: SimGuest, line: string) =>
  (await guest.command(line)).replaceAll("\r", "");

test("traceroute: each router on the way, the host, a host of the wire, this host, what is no host", async (t) => {
  const guest = await loggedIn();
  const time = "  [\\d.]+ ms";
  const hop = (n: number, who: string) => `  ${n}  ${who}(${time}){3}\n`;
  t.regex(
    await lines(guest, "traceroute 198.51.100.7"),
    new RegExp(
      `^${hop(1, "10.0.2.2")}${hop(2, "192.0.2.1")}${hop(3, "192.0.2.9")}${hop(4, "198.51.100.7")}$`,
    ),
  );
  t.regex(await lines(guest, "traceroute 10.0.2.2"), new RegExp(`^${hop(1, "10.0.2.2")}$`));
  t.regex(await lines(guest, "traceroute localhost"), new RegExp(`^${hop(1, "127.0.0.1")}$`));
  // nobody there, and the end of what was asked for
  t.is(await lines(guest, "traceroute 198.51.100.8 2"), "  1  *  *  *\n  2  *  *  *\n");
  t.regex(await lines(guest, "traceroute 10.0.2.99"), /^ {2}1(?: {2}this host {2}unreachable)/);
  t.is(await lines(guest, "traceroute 10.0.2.2 256"), "give a number of hops from 1 to 255\n");
  t.is(await lines(guest, "traceroute"), "usage: traceroute HOST [HOPS]\n");
});

test("arp: the gateway once it was spoken to, and who is asked for", async (t) => {
  const guest = await loggedIn();
  await guest.command("ping 10.0.2.2 1");
  t.regex(await lines(guest, "arp"), /^10\.0\.2\.2 +52:55:0a:00:02:02 +fresh +[\d.]+ s *$/m);
  await guest.pass(120e9);
  t.regex(await lines(guest, "arp"), /^10\.0\.2\.2 +52:55:0a:00:02:02 +old *$/m);
});

test("ping takes names", async (t) => {
  const guest = await loggedIn();
  t.regex(await lines(guest, "ping localhost 1"), /from 127\.0\.0\.1: [\s\S]*1 received/);
  t.regex(await lines(guest, "ping 10.0.2 1"), /`10\.0\.2` is no IPv4 address/);
});

test("nc: lines go out, the answer is shown, what can't be is told", async (t) => {
  const guest = await loggedIn();
  guest.type("nc -C localhost 80\n");
  await guest.pass(1e9);
  guest.type("GET /page.css HTTP/1.1\nHost: a\nConnection: close\n\n");
  const [said] = await guest.expect(/HTTP\/1\.1 200 OK\r\n[\s\S]*?leivos\$ $/);
  t.regex(said, /text\/css/);
  t.regex(await lines(guest, "nc localhost 81"), /^Nobody listens/);
  t.is(await lines(guest, "nc localhost x"), "`x` is no port: give 1 to 65535\n");
  // ^D ends this side, and the server the other one.
  guest.type("nc localhost 80\n");
  await guest.pass(1e9);
  guest.type("\u0004");
  await guest.expect(/leivos\$ $/);
  // ^C gives a connection up, and waiting for one.
  guest.type("nc localhost 80\n");
  await guest.pass(1e9);
  guest.type("\u0003");
  await guest.expect(/leivos\$ $/);
  guest.type("nc -l 7000\n");
  await guest.expect(/waiting at port 7000\r\n/);
  guest.type("\u0003");
  await guest.expect(/leivos\$ $/);
  t.notRegex(await lines(guest, "ss"), /:7000/);
});
