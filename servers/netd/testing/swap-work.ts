// What a host does while it swaps netd: a transfer, pings, a datagram and a new connection behind it. The same on the simulated nucleus, where
// it pushes scripts, and in QEMU, where it pushes bytecode.
import type { ManifestFields } from "../../../sdk/contract/manifest.ts";
import { pushingHost } from "../../../sdk/sim/testing/pushing-host.ts";

export const hostFields: ManifestFields = {
  name: "host",
  uses: ["/svc/session", "/svc/net"],
  may: ["see", "manage", "log"],
  net: {
    connect: ["tcp:127.0.0.1:7000", "udp:127.0.0.1:9001", "icmp:10.0.2.2"],
    listen: ["tcp:7000", "udp:9000", "udp:9001"],
  },
  budget: 48 << 20,
};

/** Bytes that go at a time. */
const PIECE = 4000;
/** Tries of a swap that is refused for what was so at that moment: on a machine that is late by itself. */
const TRIES = 20;

/** Tries to reach the router before the first swap: netd is ready before it has its address. */
const REACHES = 500;

/** main.ts of netd's versions, which differ in a mark. */
export const netdCodes = (): Record<"one" | "two", string> => ({
  one: `import "../../../servers/netd/main.ts";\n(globalThis as any).mark = 1;`,
  two: `import "../../../servers/netd/main.ts";\n(globalThis as any).mark = 2;`,
});

/** main.ts of the host: so many swaps, while at least so many bytes go through a connection. */
export const swappingHost = (
  codes: Record<string, string | Uint8Array>,
  swaps: number,
  bytes: number,
): string => pushingHost("netd", codes, work(swaps, bytes), imports);

/** What was lost, one line each. `lines`: what the host said. */
export function swapLosses(lines: readonly string[], bytes: number): string[] {
  const wanted = [
    `read ${Math.ceil(bytes / PIECE) * PIECE} wrong 0`,
    "pings lost 0 of many",
    "datagram 3",
    "refused ",
  ];
  const said = (line: string) => lines.find((each) => each.startsWith(line.split(" ")[0]!));
  return wanted
    .filter((line) => !lines.includes(line))
    .map((line) => `${line} was expected, not ${said(line)}`);
}

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { listen } from "../../../sdk/net/listen.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { ping } from "../../../sdk/net/ping.ts";
import { udp } from "../../../sdk/net/udp.ts";
`;

const work = (swaps: number, bytes: number) => `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  const reached = async () => {
    const result = await ping(network, "10.0.2.2", { timeout: 10e9 });
    return !(result instanceof Failure) && result.outcome === "reply";
  };
  for (let left = ${REACHES}; left > 0 && !(await reached()); left--) await sleep(20e6);
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
    for (let at = 0; at < ${bytes}; ) {
      const piece = Uint8Array.from({ length: ${PIECE} }, (_, i) => (at + i) % 251);
      const fault = await left.write(piece);
      if (fault !== undefined) { say("write: " + fault.sentence); return; }
      at += piece.length;
      await sleep(2e6);
    }
    await left.finish();
  })();
  let pings = 0;
  let lost = 0;
  const pinging = (async () => {
    while (!stop) {
      if (!(await reached())) lost++;
      pings++;
      await sleep(20e6);
    }
  })();
  const pushed = [push("one"), push("two")];
  await sleep(1e6);
  const refused: string[] = [];
  const pauses: number[] = [];
  let tries = 0;
  for (let i = 0; i < ${swaps}; i++) {
    const [memory, size] = pushed[i % 2]!;
    let line = "";
    for (let left = ${TRIES}; left > 0; left--) {
      line = await swap(i % 2 === 0 ? "one" : "two", [new Memory(must(memory.duplicate())), size]);
      if (!moment) break;
      tries++;
    }
    const paused = /^swapped netd .*paused ([\\d.]+) ms/.exec(line);
    if (paused === null) refused.push(line);
    else pauses.push(Number(paused[1]));
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
  pauses.sort((a, b) => a - b);
  say("paused " + pauses[pauses.length >> 1] + " at most " + pauses.at(-1) + ", tried again " + tries);
`;
