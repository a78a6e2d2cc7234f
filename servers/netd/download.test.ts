// A download from another host on the simulated wire, while netd is swapped and the card's driver is killed: every byte arrives.
import { createHash } from "node:crypto";
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { SeededRandom } from "./tcp/testing/random.ts";
import { sendingPeer } from "./testing/sending-peer.ts";
import { PEER } from "./testing/wire-peer.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const seed = Number(process.env.LEIVOS_SEED ?? 1);
const BYTES = soak ? 100_000_000 : 2_000_000;
const SWAPS = soak ? 20 : 3;
const KILLS = soak ? 5 : 1;
const BLOCK = 1 << 16;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
`;

/** The program reads all, chains the digests of blocks, and swaps and kills at even distances. */
const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  while (must(await network.net.status({})).address === "") await sleep(10e6);
  const stream = must(await connectTcp(network, "${PEER}", 8000));
  let read = 0;
  let filled = 0;
  const block = new Uint8Array(32 + ${BLOCK});
  let over = "";
  const reading = (async () => {
    for (;;) {
      const result = await stream.read();
      if (result instanceof Failure) { over = "read: " + result.sentence; return; }
      if (result.done) break;
      for (let at = 0; at < result.value.length; ) {
        const part = result.value.subarray(at, at + ${BLOCK} - filled);
        block.set(part, 32 + filled);
        filled += part.length;
        at += part.length;
        if (filled < ${BLOCK}) continue;
        block.set(uusi.sha256(block), 0);
        filled = 0;
      }
      read += result.value.length;
    }
    block.set(uusi.sha256(block.subarray(0, 32 + filled)), 0);
    over = "whole";
  })();
  const pushed = [push("one"), push("two")];
  const steps: string[] = [];
  for (let i = 0; i < ${SWAPS}; i++) steps.push("swap");
  for (let i = ${KILLS}; i > 0; i--) steps.splice(Math.round(steps.length * i / ${KILLS + 1}), 0, "kill");
  const refused: string[] = [];
  let swapped = 0;
  for (let i = 0; i < steps.length; i++) {
    while (read < ${BYTES} * (i + 1) / (steps.length + 1) && over === "") await sleep(1e6);
    if (steps[i] === "kill") must(await session.kill({ server: "virtio-net" }));
    else {
      const [memory, size] = pushed[swapped % 2]!;
      const again = () => swap(swapped % 2 === 0 ? "one" : "two", [new Memory(must(memory.duplicate())), size]);
      let line = await again();
      // Just after a death netd is looking for the driver: a call on its way refuses a swap for that moment.
      for (let tries = 0; tries < 50 && /is on the way/.test(line); tries++) {
        await sleep(1e8);
        line = await again();
      }
      swapped += 1;
      if (!/^swapped netd /.test(line)) refused.push(line);
    }
  }
  await reading;
  let hex = "";
  for (let i = 0; i < 32; i++) hex += block[i]!.toString(16).padStart(2, "0");
  say("over " + over + " read " + read + " digest " + hex);
  say("refused " + refused.join("; "));
`;

/** What the program makes of the same bytes. */
function digestOf(data: Uint8Array): string {
  let digest = Buffer.alloc(32);
  for (let at = 0; at <= data.length; at += BLOCK) {
    const block = data.subarray(at, at + BLOCK);
    digest = createHash("sha256").update(digest).update(block).digest();
  }
  return digest.toString("hex");
}

test("a download goes on through swaps of netd and deaths of the driver", async (t) => {
  t.timeout(soak ? 1_800_000 : 600_000);
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/netd/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(await freshSystem(), pushingHost("netd", codes, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: { connect: [`tcp:${PEER}:8000`] },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const data = new SeededRandom(seed).bytes(BYTES);
  const { peer, over } = sendingPeer(guest, data);
  await peer.pass(soak ? 600_000 : 60_000, over);
  await peer.pass(2000);
  await guest.login();
  const log = await guest.command("log host");
  t.log(/host: over .*/.exec(log)?.[0], /host: refused .*/.exec(log)?.[0]);
  t.log(`${Math.round(guest.machine.now / 1e6)} ms, ${peer.frames} frames`);
  t.true(log.includes(`over whole read ${BYTES} digest ${digestOf(data)}`), log.slice(-2000));
  t.regex(log, /host: refused \r?\n/);
});
