// The end of `pci` and its swap in QEMU, while a connection to the host carries lines, with an IOMMU and without: the card's driver, the
// line to the host and the connection go on, and a driver that is killed afterwards gets its device from the new `pci`.
import { createServer, type Socket } from "node:net";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, commandUntil, logIn } from "../qemu/person.ts";
import { variantOf } from "./server-variant.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A host that sends what it is told to whoever connects to it. */
async function talkingHost(): Promise<{ port: number; say(text: string): void; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    say: (text) => {
      for (const each of sockets) each.write(text);
    },
    close: () => {
      for (const each of sockets) each.end();
      server.close();
    },
  };
}

for (const iommu of [true, false])
  test.serial(`deaths and a swap of pci, ${iommu ? "with" : "without"} an IOMMU`, async (t) => {
    t.timeout(400_000);
    const host = await talkingHost();
    const guest = await bootedGuest({
      machine: { iommu, channel: true },
      options: { netd_wait: "30000" },
    });
    const line = await Connection.open(guest.channel);
    const servers = async () => liveSource(line).servers();
    const starts = async (name: string) =>
      (await servers()).find((each) => each.name === name)?.starts;
    const until = async (name: string, count: number) => {
      for (let tries = 0; tries < 100; tries++) {
        const each = (await servers()).find((found) => found.name === name);
        if (each?.starts === count && each.state === "running") return;
        await pause(200);
      }
      t.fail(`${name} did not run ${count} times`);
    };
    let number = 0;
    /** The connection carries a line. */
    const carries = async () => {
      number += 1;
      host.say(`line ${number} of the host\n`);
      await guest.expect(new RegExp(`line ${number} of the host`), 60_000);
    };
    try {
      await logIn(guest);
      guest.type(`nc 10.0.2.2 ${host.port}\n`);
      await pause(500);
      for (let tries = 0; tries < 50 && number === 0; tries++) {
        host.say("begin\n");
        await pause(200);
        if (guest.transcript.text.includes("begin")) number = 1;
      }
      await carries();
      await line.ask("kill", { server: "pci" });
      await carries();
      await until("pci", 2);
      await carries();
      t.is(await starts("virtio-net"), 1);
      t.is(await starts("virtio-serial"), 1);
      await line.ask("kill", { server: "virtio-net" });
      await until("virtio-net", 2);
      await carries();
      const code = await variantOf("pci", "pci-again", "(globalThis as any).mark = 1;");
      for (let tries = 1; ; tries++) {
        const answer = await swapCode(line, code);
        if (answer.kind === "refused" && tries < 20) continue;
        t.log(answer.line);
        t.regex(answer.line, /^swapped pci .*, 2 streams kept\)/);
        break;
      }
      await carries();
      t.is(await starts("virtio-net"), 2);
      await line.ask("kill", { server: "virtio-net" });
      await until("virtio-net", 3);
      await carries();
      host.close();
      await guest.expect(/leivos\$ $/);
      t.regex(await commandUntil(guest, "ping 10.0.2.2 1", /1 received/), /1 received/);
      const log = await command(guest, "log pci");
      const claims = log.match(/is virtio-(?:net|serial)'s still/g) ?? [];
      t.is(claims.length, 2, log);
      t.notRegex(log, /was kept from|did not come back/);
      t.regex(log, /is back from virtio-net/);
      t.is(await starts("virtio-serial"), 1);
    } finally {
      line.close();
      host.close();
      await guest.close();
    }
  });
