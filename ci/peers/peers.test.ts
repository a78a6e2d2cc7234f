// A booted guest among Linux's own programs: its TCP, dnsmasq, nginx and curl, on a tap in a namespace that the test makes and removes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import type { Moved } from "../e2e/tcp/iperf.ts";
import { variantOf } from "../e2e/server-variant.ts";
import { root } from "../setup/paths.mjs";
import { type Dnsmasq, startDnsmasq } from "./dnsmasq.ts";
import { disturbances } from "./disturbances.ts";
import { findIperf, startIperf } from "./iperf.ts";
import { LinuxNet, linuxAddress, whyNoLinuxNet } from "./linux-net.ts";
import { findNginx, startNginx } from "./nginx.ts";
import { PeerGuest } from "./peer-guest.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const MB = 1 << 20;
const node = process.execPath;
const talk = join(root, "ci/peers/talk.ts");

const why = whyNoLinuxNet();
const onLinux = why === undefined ? test.serial : test.serial.skip;
if (why !== undefined) process.stderr.write(`peers: skipped, since ${why}\n`);

let net: LinuxNet;
let peer: PeerGuest;
let dnsmasq: Dnsmasq;
let address = "";

const times = { renew: 4, rebind: 8 };
const names = { "web.leivos.test": linuxAddress, "other.leivos.test": "10.77.0.200" };

const run = (line: string) => peer.run(line);
const until = (line: string, wanted: RegExp) => peer.until(line, wanted);

test.before(async () => {
  if (why !== undefined) return;
  net = LinuxNet.make();
  const range = ["10.77.0.50", "10.77.0.50"] as const;
  dnsmasq = await startDnsmasq(net, { address: linuxAddress, range, ...times, names });
  peer = await PeerGuest.start(net, dnsmasq);
  address = peer.address;
});

test.after.always(async () => {
  await peer?.close();
  await net?.close();
});

/** Sends bytes to the program in the guest; both hashes must be equal. */
async function ask(t: { is(a: unknown, b: unknown, c: string): void }, line: string, size: number) {
  const asked = await net.run([node, talk, "ask", address, "7", line, String(size)], 1_500_000);
  t.is(asked.errors.replace(/^.*Warning.*$/gm, "").trim(), "", line);
  const { sent, got, bytes } = JSON.parse(asked.out) as {
    sent: string;
    got: string;
    bytes: number;
  };
  t.is(bytes, size, line);
  t.is(got, sent, line);
}

onLinux(
  "Linux's TCP: echoed by the guest, through the guest to Linux and back, with loss",
  async (t) => {
    t.timeout(soak ? 1_700_000 : 600_000);
    const server = net.start([node, talk, "echo", "9"]);
    await ask(t, "echo", soak ? 1000 * MB : MB);
    await ask(t, `call ${linuxAddress} 9`, soak ? 20 * MB : MB / 2);
    if (net.impair("delay", "10ms", "loss", "1%", "reorder", "5%")) {
      await ask(t, "echo", soak ? 10 * MB : MB / 4);
      net.mend();
    } else t.log("this kernel has no netem: the transfer with loss is left out");
    await net.end(server);
    // Nobody listens any more: Linux's reset says so.
    const refused = await net.run([node, talk, "ask", address, "7", `call ${linuxAddress} 9`, "0"]);
    t.regex(refused.out, /"bytes":10/);
  },
);

onLinux("a download goes on while netd is swapped and the card's driver is killed", async (t) => {
  t.timeout(600_000);
  const [size, swaps, kills] = soak ? [100_000_000, 20, 5] : [4_000_000, 3, 1];
  const codes = await Promise.all(
    [1, 2].map((n) => variantOf("netd", `download${n}`, `(globalThis as any).mark = ${n};`)),
  );
  const connection = await Connection.open(peer.guest.channel);
  const lines: string[] = [];
  let result = "";
  let at = 0;
  let news = () => {};
  const child = net.start([node, talk, "load", address, "7", String(size)], (line) => {
    if (line.startsWith("at ")) at = Number(line.slice(3));
    else if (line.startsWith("{")) result = line;
    else if (!line.includes("Warning")) lines.push(line);
    news();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const reached = (bytes: number) =>
    new Promise<void>((resolve) => {
      news = () => void (at >= bytes && resolve());
      news();
      void ended.then(resolve);
    });
  try {
    const steps = disturbances(swaps, kills);
    let swapped = 0;
    for (const [index, step] of steps.entries()) {
      await reached((size * (index + 1)) / (steps.length + 1));
      if (step === "kill") await run("kill virtio-net");
      else {
        const code = codes[swapped++ % 2]!;
        // Refused on an overloaded host for its time, or while netd opens the driver again; the running code goes on then.
        for (let tries = 1; ; tries++) {
          const { line } = await swapCode(connection, code);
          lines.push(line);
          if (line.startsWith("swapped netd ")) break;
          if (tries === 40) throw new Error(line);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    }
    await ended;
  } finally {
    connection.close();
  }
  t.log(lines.join("\n"));
  const { sent, got } = JSON.parse(result || "{}") as { sent?: string; got?: string };
  t.is(got, sent);
  t.is(sent?.length, 64);
  t.is(lines.filter((line) => line.startsWith("swapped netd ")).length, swaps);
  t.regex(await run("log virtio-net"), /killed/);
});

onLinux("a download goes on when netd is killed, and everybody finds the next one", async (t) => {
  t.timeout(600_000);
  const [size, kills] = soak ? [50_000_000, 3] : [4_000_000, 1];
  let result = "";
  let at = 0;
  let news = () => {};
  const lines: string[] = [];
  const child = net.start([node, talk, "load", address, "7", String(size)], (line) => {
    if (line.startsWith("at ")) at = Number(line.slice(3));
    else if (line.startsWith("{")) result = line;
    else if (!line.includes("Warning")) lines.push(line);
    news();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (let kill = 1; kill <= kills; kill++) {
    const reached = new Promise<void>((resolve) => {
      news = () => void (at >= (size * kill) / (kills + 1) && resolve());
      news();
    });
    await Promise.race([reached, ended]);
    await run("kill netd");
    // What was kept counts as sound after ten seconds of the next one.
    if (kill < kills) await new Promise((resolve) => setTimeout(resolve, 12_000));
  }
  await ended;
  const { sent, got } = JSON.parse(result || "{}") as { sent?: string; got?: string };
  t.is(got, sent, lines.join("\n"));
  t.is(sent?.length, 64);
  const log = await run("log netd");
  t.is(log.split("1 of 1 streams wait for their clients").length - 1, kills, log);
  // The same address, without asking for it again, and new connections.
  t.regex(await run("ip"), new RegExp(`^address +${address.replaceAll(".", "\\.")}/24$`, "m"));
  await ask(t, "echo", MB / 8);
});

onLinux("curl reads httpd: one by one, many at a time, in parts", async (t) => {
  t.timeout(300_000);
  const page = readFileSync("servers/httpd/files/index.html", "utf8");
  const url = `http://${address}/`;
  const curl = (...args: string[]) => net.run(["curl", "-sS", "--max-time", "60", ...args]);
  t.is((await curl(url)).out, page);
  const reused = await curl(
    "-w",
    "%{num_connects} ",
    "-o",
    "/dev/null",
    "-o",
    "/dev/null",
    url,
    `${url}page.css`,
  );
  t.is(reused.out, "1 0 ");
  t.is((await curl("-r", "10-19", url)).out, page.slice(10, 20));
  t.regex((await curl("-I", url)).out, /^HTTP\/1\.1 200 OK\r\n/);
  t.is((await curl("--http1.0", url)).out, page);
  t.regex((await curl("-d", "x=y", "-w", "%{http_code}", "-o", "/dev/null", url)).out, /405/);
  // More at a time than httpd takes: the others wait in the backlog.
  const many = Array.from({ length: 40 }, () => url);
  const all = await curl(
    "-Z",
    "--no-progress-meter",
    "--parallel-immediate",
    "--parallel-max",
    "40",
    "-H",
    "Connection: close",
    ...many,
  );
  t.is(all.errors, "");
  t.is(all.out.split("</html>").length - 1, 40);
});

onLinux(
  "connections by the thousand: each is answered, and netd is as large as before",
  async (t) => {
    t.timeout(600_000);
    const many = async (count: number) => {
      const argv = [node, talk, "many", address, "7", String(count)];
      const { out, errors } = await net.run(argv, 500_000);
      t.is(out.trim(), String(count), errors);
      // All are over: the peer, which ends first, keeps the last word of each, not this side.
      // What an earlier test left may wait still.
      const list = await until("ss", /^(?!.*(?:ESTABLISHED|WAIT|LAST-ACK|CLOSING)[^\n]*:7 )/s);
      t.notRegex(list, /(ESTABLISHED|WAIT|LAST-ACK|CLOSING)[^\n]*:7 /);
      return (await peer.process("netd")).memory;
    };
    const { starts } = await peer.process("netd");
    const before = await many(400);
    const after = await many(soak ? 10_000 : 800);
    t.log(`netd uses ${before} KiB, then ${after}`);
    // The engine's heap has pieces of 256 KiB, and how many it needs depends on when it collects: not on how many connections there were.
    t.true(after - before <= 1024, `${before} KiB, then ${after}`);
    t.is((await peer.process("netd")).starts, starts);
  },
);

onLinux(
  "iperf3 as a server: it counts what the guest sends, and sends what it is asked for",
  async (t) => {
    t.timeout(600_000);
    const program = findIperf();
    if (program === undefined) {
      t.log("iperf3 is not to be had here");
      return;
    }
    const said: string[] = [];
    await startIperf(net, program, (line) => void said.push(line));
    const size = soak ? 200 * MB : 2 * MB;
    for (const way of ["", " reverse"]) {
      const line = `iperf ${linuxAddress} ${size}${way}`;
      const { out, errors } = await net.run([node, talk, "hear", address, "7", line], 400_000);
      t.regex(out, /^\{/, `${out}${errors}\n${said.join("\n")}`);
      const { bytes, theirs, span } = JSON.parse(out) as Moved;
      t.log(`${way === "" ? "sent" : "received"} ${((bytes * 8e3) / span).toFixed(0)} Mbit/s`);
      t.true(bytes >= size);
      // The word of the test's end overtakes bytes that are on their way, and the server counts none that come behind it.
      if (way === "") t.true(theirs > 0 && theirs <= bytes);
      else t.true(theirs >= bytes);
    }
  },
);

onLinux("the guest reads from nginx by name, which dnsmasq knows", async (t) => {
  t.timeout(120_000);
  t.regex(await run("host web.leivos.test"), /^10\.77\.0\.1$/m);
  t.regex(await run("host 10.77.0.200"), /^other\.leivos\.test$/m);
  t.regex(await run("host nothing.leivos.test"), /no such name/);
  const nginx = findNginx();
  if (nginx === undefined) {
    t.log("nginx is not to be had here");
    return;
  }
  startNginx(net, nginx, { "hello.txt": Buffer.from("hello from nginx\n") });
  t.regex(await until("fetch http://web.leivos.test/hello.txt", /^hello/m), /^hello from nginx$/m);
  t.regex(await run("fetch http://web.leivos.test/moved"), /^hello from nginx$/m);
  t.regex(await run("fetch http://web.leivos.test/chunked"), /^hello from nginx$/m);
  t.regex(await run("fetch http://web.leivos.test/nothing"), /^404 Not Found$/m);
});

onLinux(
  "a lease's life: renewed, rebound with a server that has moved, refused, taken anew",
  async (t) => {
    t.timeout(300_000);
    await dnsmasq.line(/DHCPACK\(tap0\) 10\.77\.0\.50/, dnsmasq.log.length);
    await dnsmasq.stop();
    // The server moves: whoever asks it where it was hears nothing, whoever asks everybody hears it.
    const moved = "10.77.0.2";
    net.configure("address", "add", `${moved}/24`, "dev", "tap0");
    net.configure("address", "del", `${linuxAddress}/24`, "dev", "tap0");
    net.configure("address", "replace", `${moved}/24`, "dev", "tap0");
    const choice = { address: moved, ...times, names };
    dnsmasq = await startDnsmasq(net, { ...choice, range: ["10.77.0.50", "10.77.0.50"] });
    await dnsmasq.line(/DHCPACK\(tap0\) 10\.77\.0\.50/);
    const rebound = await until("ip", /^dhcp +bound +from 10\.77\.0\.2$/m);
    t.regex(rebound, /^dhcp +bound +from 10\.77\.0\.2$/m);
    t.regex(rebound, /^address +10\.77\.0\.50\/24$/m);
    await dnsmasq.stop();
    // The same server with other addresses: the old one is no longer to be had.
    dnsmasq = await startDnsmasq(net, { ...choice, range: ["10.77.0.60", "10.77.0.60"] });
    await dnsmasq.line(/DHCPNAK\(tap0\) 10\.77\.0\.50/);
    await dnsmasq.line(/DHCPACK\(tap0\) 10\.77\.0\.60/);
    t.regex(await until("ip", /10\.77\.0\.60/), /^address +10\.77\.0\.60\/24$/m);
    t.regex(await run("log netd"), /given up/);
  },
);
