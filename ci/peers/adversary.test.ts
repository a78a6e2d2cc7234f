// A hostile host on the wire of a booted guest: all bad input that scapy can make, while transfers with a Linux peer go on.
import { join } from "node:path";
import test from "ava";
import { which } from "../setup/debian.mjs";
import { root } from "../setup/paths.mjs";
import { findTool } from "../setup/pinned-tools.mjs";
import { type Dnsmasq, startDnsmasq } from "./dnsmasq.ts";
import { LinuxNet, linuxAddress, tap, whyNoLinuxNet } from "./linux-net.ts";
import { PeerGuest } from "./peer-guest.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const seed = process.env.LEIVOS_SEED ?? "1";
/** How much of each kind is sent. */
const share = soak ? "1" : "0.1";
const KB = 1 << 10;
/** KiB that netd may use then, of the 16 MiB that it could. */
const MOST = 6 << 10;
const node = process.execPath;
const talk = join(root, "ci/peers/talk.ts");
const kinds = [
  ...["lengths", "truncation", "fragments", "segments", "blind", "syns"],
  ...["arp", "dns", "dhcp", "window", "frames"],
];

const python = which("python3");
const scapy = findTool("scapy");
const why =
  whyNoLinuxNet() ?? (python === undefined || scapy === undefined ? "scapy is missing" : undefined);
const onLinux = why === undefined ? test.serial : test.serial.skip;
if (why !== undefined) process.stderr.write(`adversary: skipped, since ${why}\n`);

let net: LinuxNet;
let dnsmasq: Dnsmasq;
let peer: PeerGuest;

test.before(async () => {
  if (why !== undefined) return;
  net = LinuxNet.make();
  dnsmasq = await startDnsmasq(net, {
    address: linuxAddress,
    range: ["10.77.0.50", "10.77.0.54"],
    renew: 60,
    rebind: 100,
    names: { "web.leivos.test": linuxAddress },
  });
  peer = await PeerGuest.start(net, dnsmasq);
});

test.after.always(async () => {
  await peer?.close();
  await net?.close();
});

/** Bytes that the guest sends back; whether they are the same. */
async function echoed(size: number): Promise<string> {
  const argv = [node, talk, "ask", peer.address, "7", "echo", String(size)];
  const { out, errors } = await net.run(argv, 300_000);
  if (out === "") return errors;
  const { sent, got, bytes } = JSON.parse(out) as { sent: string; got: string; bytes: number };
  return sent === got && bytes === size ? "equal" : "other bytes";
}

/** Runs the adversary. */
async function attack(part: string, ...which: string[]) {
  const adversary = join(root, "ci/peers/adversary.py");
  const words = [tap, peer.address, "52:54:00:12:34:56", linuxAddress, seed, part, ...which];
  const environment = ["env", `PYTHONPATH=${scapy}`, "PYTHONDONTWRITEBYTECODE=1"];
  return net.run([...environment, python!, adversary, ...words], 580_000);
}

// Each kind for itself, so that a failure says which; all in one go where time counts.
for (const each of soak ? kinds.map((kind) => [kind]) : [kinds]) {
  onLinux(`${each.join(", ")}: transfers go on, nothing ends, memory stays`, async (t) => {
    t.timeout(600_000);
    let over = false;
    const flows = (async () => {
      const results: string[] = [];
      while (!over || results.length === 0) results.push(await echoed(200 * KB));
      return results;
    })();
    const done = await attack(share, ...each);
    over = true;
    const results = await flows;
    t.log(done.out.trim(), `${results.length} transfers`, done.errors.trim());
    t.is(done.code, 0, done.errors);
    for (const kind of each)
      t.true(Number(new RegExp(`^${kind} (\\d+)$`, "m").exec(done.out)?.[1]) > 0, kind);
    for (const result of results) t.is(result, "equal");
    t.regex(await peer.run(`ping ${linuxAddress} 2`), /^2 sent, 2 received/m);
    t.regex(await peer.run("host web.leivos.test"), /^10\.77\.0\.1$/m);
    const after = await peer.process("netd");
    t.is(after.starts, 1);
    t.is((await peer.process("virtio-net")).starts, 1);
    t.log(`netd uses ${after.memory} KiB`);
    t.true(after.memory > 500 && after.memory < MOST);
    t.regex(await peer.run("ip"), new RegExp(`^address +${peer.address}/24$`, "m"));
  });
}

onLinux(
  "SYNs as fast as they come: transfers and new connections are slower, and whole",
  async (t) => {
    t.timeout(600_000);
    const rate = async () => {
      const begun = performance.now();
      const result = await echoed(300 * KB);
      return { result, span: performance.now() - begun };
    };
    const alone = await rate();
    t.is(alone.result, "equal");
    for (const part of soak ? ["0.02", "0.1", "0.4", "1"] : ["0.1"]) {
      let over = false;
      const flooding = attack(part, "flood").finally(() => {
        over = true;
      });
      const spans: number[] = [];
      do {
        const { result, span } = await rate();
        t.is(result, "equal");
        spans.push(span);
      } while (!over);
      const { out, errors } = await flooding;
      t.log(
        `${out.trim().replace("\n", ", ")} ${errors.trim()}: ` +
          `300 KiB there and back took ${spans.map((span) => span.toFixed(0)).join(", ")} ms, alone ${alone.span.toFixed(0)} ms`,
      );
    }
    const page = await net.run(["curl", "-sS", "--max-time", "20", `http://${peer.address}/`]);
    t.regex(page.out, /<html/);
    t.is((await peer.process("netd")).starts, 1);
  },
);

onLinux("an address that somebody else has is declined, and another one taken", async (t) => {
  t.timeout(300_000);
  const from = dnsmasq.log.length;
  const { code, errors } = await attack("1", "claim");
  t.is(code, 0, errors);
  t.regex(await dnsmasq.line(/DHCPDECLINE/, from), new RegExp(peer.address));
  const [, other = ""] = /DHCPACK\(\S+\) (\S+)/.exec(await dnsmasq.line(/DHCPACK/, from))!;
  t.not(other, peer.address);
  t.regex(await peer.until("ip", new RegExp(other)), new RegExp(`^address +${other}/24$`, "m"));
  t.regex(await peer.run("log netd"), new RegExp(`lease of ${peer.address} given up: conflict`));
  t.regex(await peer.run(`ping ${linuxAddress} 1`), /^1 sent, 1 received/m);
});
