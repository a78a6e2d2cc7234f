// Drivers are swapped in QEMU under what they carry: the card's under a transfer, the one of the line to the host under the line's own traffic.
// Nothing starts again, the transfer is whole, and the line's session goes on.
import { createServer } from "node:net";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn } from "../qemu/person.ts";
import { variantOf } from "./server-variant.ts";

const SWAPS = process.env.LEIVOS_CAMPAIGN === "soak" ? 20 : 5;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A host that sends numbered lines to whoever connects, some each 20 ms, until it is told to end. */
async function countingHost() {
  let lines = 0;
  let ending = false;
  const server = createServer((socket) => {
    const timer = setInterval(() => {
      for (let count = 0; count < 3; count++) socket.write(`line ${lines++} of many\n`);
      if (!ending) return;
      clearInterval(timer);
      socket.end();
    }, 20);
    socket.on("error", () => clearInterval(timer));
    socket.on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    end: () => {
      ending = true;
      server.close();
    },
    lines: () => lines,
  };
}

test.serial(`${SWAPS} swaps of an e1000e's driver, and of the line's`, async (t) => {
  t.timeout(600_000);
  const guest = await bootedGuest({
    machine: { card: "e1000e", mac: "52:54:00:12:34:57", channel: true },
    options: { netd_wait: "30000" },
  });
  const host = await countingHost();
  const line = await Connection.open(guest.channel);
  /** On a busy host a limit of time may be met: then the code before goes on, and the next try counts. */
  const swapped = async (code: Awaited<ReturnType<typeof variantOf>>) => {
    for (let tries = 1; ; tries++) {
      const { line: said } = await swapCode(line, code);
      if (tries === 20 || !/^refused .* (?:within \d+ ms|in time)/.test(said)) return said;
    }
  };
  const servers = () => liveSource(line).servers();
  const lines: string[] = [];
  try {
    await logIn(guest);
    const variants = async (server: string) =>
      Promise.all(
        [1, 2].map((n) => variantOf(server, `${server}${n}`, `(globalThis as any).mark = ${n};`)),
      );
    const cards = await variants("e1000e");
    const ends = await variants("virtio-serial");
    guest.type(`nc 10.0.2.2 ${host.port}\n`);
    await guest.expect(/line 0 of many/, 60_000);
    for (let i = 0; i < SWAPS; i++) {
      const said = await swapped(cards[i % 2]!);
      lines.push(said);
      t.regex(said, /^swapped e1000e [\d.]+ ms \(paused [\d.]+ ms, 1 stream kept\)/);
    }
    host.end();
    await guest.expect(/leivos\$ $/, 120_000);
    const got = [...guest.transcript.text.matchAll(/line (\d+) of many/g)].map(([, n]) =>
      Number(n),
    );
    t.is(got.length, host.lines());
    t.true(got.every((number, index) => number === index));
    let asked = 0;
    let asking = true;
    const traffic = (async () => {
      while (asking) {
        t.true((await servers()).length > 5);
        asked += 1;
        await pause(5);
      }
    })();
    for (let i = 0; i < SWAPS; i++) {
      const said = await swapped(ends[i % 2]!);
      lines.push(said);
      t.regex(said, /^swapped virtio-serial [\d.]+ ms \(paused [\d.]+ ms, 1 stream kept\)/);
    }
    asking = false;
    await traffic;
    for (const server of ["e1000e", "virtio-serial"]) {
      const own = lines.filter((each) => each.startsWith(`swapped ${server} `));
      const times = (pattern: RegExp) =>
        own.map((each) => Number(pattern.exec(each)?.[1])).sort((a, b) => a - b);
      const [whole, paused] = [times(/ ([\d.]+) ms \(/), times(/paused ([\d.]+) ms/)];
      const middle = own.length >> 1;
      t.log(`${server}: ${whole[middle]} ms, paused ${paused[middle]}, ${paused.at(-1)} at most`);
    }
    t.log(`${got.length} lines of the host, ${asked} requests`);
    for (const each of await servers())
      if (/^(?:e1000e|virtio-serial|dev|netd)$/.test(each.name)) t.is(each.starts, 1, each.name);
    t.regex(await command(guest, "ping 10.0.2.2 2"), /2 sent, 2 received/);
  } finally {
    line.close();
    host.end();
    await guest.close();
  }
});
