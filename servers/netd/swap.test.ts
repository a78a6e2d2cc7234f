// netd is swapped while pings and transfers run on the simulated nucleus: lease, connections, sockets and listeners go on.
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const SWAPS = soak ? 100 : 12;
const BYTES = soak ? 4_000_000 : 400_000;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { listen } from "../../../sdk/net/listen.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { ping } from "../../../sdk/net/ping.ts";
import { udp } from "../../../sdk/net/udp.ts";
`;

const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  const listener = must(await listen(network, 7000));
  const left = must(await connectTcp(network, "127.0.0.1", 7000));
  const right = must(await listener.accept()).stream;
  const here = must(await udp(network, 9000));
  const there = must(await udp(network, 9001));
  let stop = false;
  let read = 0;
  let wrong = 0;
  const reading = (async () => {
    for (;;) {
      const result = await right.read();
      if (result instanceof Failure) { say("read: " + result.sentence); return; }
      if (result.done) return;
      for (const byte of result.value) if (byte !== read++ % 251) wrong++;
    }
  })();
  const writing = (async () => {
    for (let at = 0; at < ${BYTES}; ) {
      const bytes = Uint8Array.from({ length: 4000 }, (_, i) => (at + i) % 251);
      const fault = await left.write(bytes);
      if (fault !== undefined) { say("write: " + fault.sentence); return; }
      at += bytes.length;
      await sleep(2e6);
    }
    await left.finish();
  })();
  let pings = 0;
  let lost = 0;
  const pinging = (async () => {
    while (!stop) {
      const result = await ping(network, "10.0.2.2", { timeout: 2e9 });
      if (result instanceof Failure || result.outcome !== "reply") lost++;
      pings++;
      await sleep(20e6);
    }
  })();
  const pushed = [push("one"), push("two")];
  await sleep(1e6);
  const refused: string[] = [];
  for (let i = 0; i < ${SWAPS}; i++) {
    const [memory, size] = pushed[i % 2]!;
    const copy = must(memory.duplicate());
    const line = await swap(i % 2 === 0 ? "one" : "two", [new Memory(copy), size]);
    if (!/^swapped netd .*paused/.test(line)) refused.push(line);
    else if (i === 0) say(line);
    await sleep(30e6);
  }
  await Promise.all([reading, writing]);
  stop = true;
  await pinging;
  say("read " + read + " wrong " + wrong);
  say("pings lost " + lost + " of " + (pings > 10 ? "many" : pings));
  await here.send(0x7f000001, 9001, Uint8Array.from([1, 2, 3]));
  say("datagram " + must(await there.receive({ timeout: 1e9 })).data.length);
  const late = must(await connectTcp(network, "127.0.0.1", 7000));
  must(await listener.accept({ timeout: 1e9 }));
  late.close();
  say("refused " + refused.join("; "));
`;

test("netd is swapped under pings and transfers, and nothing is lost", async (t) => {
  t.timeout(600_000);
  const system = await freshSystem();
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/netd/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(system, pushingHost("netd", codes, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: {
      connect: ["tcp:127.0.0.1:7000", "udp:127.0.0.1:9001", "icmp:10.0.2.2"],
      listen: ["tcp:7000", "udp:9000", "udp:9001"],
    },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(60e9);
  const log = await guest.command("log host");
  t.log(log);
  t.log(await guest.command("log netd"));
  t.regex(log, new RegExp(`read ${Math.ceil(BYTES / 4000) * 4000} wrong 0`));
  t.regex(log, /pings lost 0 of many/);
  t.regex(log, /datagram 3/);
  t.regex(log, /refused \r?\n/);
  t.regex(await guest.command("ip"), /^dhcp +bound/m);
});
