// A download from another host on the simulated wire, while `pci` is killed and swapped, and the card's driver is killed after each:
// `pci` ends nobody, the next one gives the driver its device again, and every byte arrives.
import { createHash } from "node:crypto";
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { SeededRandom } from "./tcp/testing/random.ts";
import { sendingPeer } from "./testing/sending-peer.ts";
import { PEER } from "./testing/wire-peer.ts";

const BYTES = 1_000_000;
/** In this order, at even distances; deaths of `pci` far enough apart that none looks like a consequence of the one before. */
const steps = ["kill pci", "kill virtio-net", "swap", "kill virtio-net", "swap", "kill pci"];

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
`;

const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  while (must(await network.net.status({})).address === "") await sleep(10e6);
  const stream = must(await connectTcp(network, "${PEER}", 8000));
  const data = new Uint8Array(${BYTES});
  let read = 0;
  let over = "";
  let allowed = 0; // it reads no further, so that each step finds the download on its way
  const reading = (async () => {
    for (;;) {
      while (read > allowed) await sleep(1e6);
      const result = await stream.read();
      if (result instanceof Failure) { over = "read: " + result.sentence; return; }
      if (result.done) break;
      data.set(result.value, read);
      read += result.value.length;
    }
    over = "whole";
  })();
  const row = async (name: string) =>
    must(await session.processes({ from: 0 })).processes.find((each) => each.name === name);
  const steps: string[] = ${JSON.stringify(steps)};
  const lines: string[] = [];
  for (let i = 0; i < steps.length && over === ""; i++) {
    allowed = ${BYTES} * i / (steps.length + 1);
    while (read < allowed && over === "") await sleep(1e6);
    const before = (await row("virtio-net"))?.id;
    allowed = ${BYTES} * (i + 1) / (steps.length + 1);
    if (steps[i] !== "swap") {
      const server = steps[i]!.slice(5);
      must(await session.kill({ server }));
      while ((await row(server))?.state !== "running") await sleep(10e6);
    } else {
      let line = await swap(i % 4 === 2 ? "one" : "two");
      for (let tries = 0; tries < 50 && /is on the way|suspended/.test(line); tries++) {
        await sleep(1e8);
        line = await swap(i % 4 === 2 ? "one" : "two");
      }
      lines.push(line);
    }
    await sleep(1e9);
    const same = (await row("virtio-net"))?.id === before;
    lines.push(steps[i] + (same ? ": same driver" : ": another driver"));
  }
  allowed = ${BYTES};
  await reading;
  const digest = uusi.sha256(data);
  let hex = "";
  for (let i = 0; i < 32; i++) hex += digest[i]!.toString(16).padStart(2, "0");
  say("over " + over + " read " + read + " digest " + hex);
  for (const each of lines) say("step " + each);
`;

test("a download and its driver go on through deaths and swaps of pci", async (t) => {
  t.timeout(600_000);
  const variant = (mark: number) =>
    serverScript(`import "../../../servers/pci/main.ts";\n(globalThis as any).mark = ${mark};`);
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(await freshSystem(), pushingHost("pci", codes, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: { connect: [`tcp:${PEER}:8000`] },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const data = new SeededRandom(1).bytes(BYTES);
  const { peer, over } = sendingPeer(guest, data);
  await peer.pass(60_000, over);
  await peer.pass(12_000);
  await guest.login();
  const log = await guest.command("log host");
  const digest = createHash("sha256").update(data).digest("hex");
  const end = `over whole read ${BYTES} digest ${digest}`;
  const pci = await guest.command("log pci");
  const driver = await guest.command("log virtio-net");
  t.true(log.includes(end), [log, pci, driver].map((each) => each.slice(-2000)).join("\n"));
  const said = [...log.matchAll(/host: step ([^\r\n]*)/g)].map(([, line]) => line);
  t.deepEqual(
    said.map((line) => line?.replace(/^(swapped pci) .*, (\d streams? kept)\)$/, "$1, $2")),
    [
      "kill pci: same driver",
      "kill virtio-net: another driver",
      "swapped pci, 1 stream kept",
      "swap: same driver",
      "kill virtio-net: another driver",
      "swapped pci, 1 stream kept",
      "swap: same driver",
      "kill pci: same driver",
    ],
  );
  t.regex(pci, /is virtio-net's still/);
  t.regex(pci, /is back from virtio-net/);
});
