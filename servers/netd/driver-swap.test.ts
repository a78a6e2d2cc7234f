// A download from another host on the simulated wire, while the card's driver is swapped twenty times: the card is not reset, and the driver
// has received each frame that the card gave it.
import { createHash } from "node:crypto";
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { SeededRandom } from "./tcp/testing/random.ts";
import { sendingPeer } from "./testing/sending-peer.ts";
import { PEER } from "./testing/wire-peer.ts";

const SWAPS = 20;
const BYTES = 2_000_000;

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { EthernetCard } from "../../../servers/virtio-net/contract.ts";
`;

/** Reads all, and swaps at even distances. */
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
  const reading = (async () => {
    for (;;) {
      const result = await stream.read();
      if (result instanceof Failure) { over = "read: " + result.sentence; return; }
      if (result.done) break;
      data.set(result.value, read);
      read += result.value.length;
    }
    over = "whole";
  })();
  const pushed = [push("one"), push("two")];
  for (let i = 0; i < ${SWAPS}; i++) {
    while (read < ${BYTES} * (i + 1) / ${SWAPS + 1} && over === "") await sleep(1e6);
    const [memory, size] = pushed[i % 2]!;
    say("step " + await swap(i % 2 === 0 ? "one" : "two", [new Memory(must(memory.duplicate())), size]));
  }
  await reading;
  await sleep(1e9);
  const card = must(await connect(EthernetCard, "/dev/net0"));
  const { received, refused } = must(await card.counters({}));
  const digest = uusi.sha256(data);
  let hex = "";
  for (let i = 0; i < 32; i++) hex += digest[i]!.toString(16).padStart(2, "0");
  const { starts } = must(await session.processes({ from: 0 })).processes.find((each) => each.name === "virtio-net")!;
  say("over " + over + " read " + read + " digest " + hex + " starts " + starts + " frames " + (Number(received) + Number(refused)));
`;

test("a download loses no frame while the card's driver is swapped", async (t) => {
  t.timeout(600_000);
  const variant = (mark: number) =>
    serverScript(
      `import "../../../servers/virtio-net/main.ts";\n(globalThis as any).mark = ${mark};`,
    );
  const codes = { one: await variant(1), two: await variant(2) };
  const host = pushingHost("virtio-net", codes, body, imports);
  const image = await withServer(await freshSystem(), host, {
    name: "host",
    uses: ["/svc/session", "/svc/net", "/dev/net0"],
    may: ["see", "manage", "log"],
    net: { connect: [`tcp:${PEER}:8000`] },
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot(image);
  const data = new SeededRandom(1).bytes(BYTES);
  const { peer, over } = sendingPeer(guest, data);
  await peer.pass(60_000, over);
  await peer.pass(4000);
  const card = guest.machine.board.card!;
  await guest.login();
  const log = await guest.command("log host");
  const digest = createHash("sha256").update(data).digest("hex");
  t.true(
    log.includes(`over whole read ${BYTES} digest ${digest} starts 1 `),
    log + (await guest.command("log virtio-net")),
  );
  const steps = [...log.matchAll(/host: (?:warning: )?step ([^\r\n]*)/g)].map(([, line]) => line);
  t.is(steps.length, SWAPS);
  for (const line of steps) t.regex(line!, /^swapped virtio-net .*, 1 stream kept\)$/);
  t.is(Number(/ frames (\d+)/.exec(log)?.[1]), card.delivered);
  t.is(card.dropped, 0);
  t.true(card.delivered > 1000);
});
