// A driver that tells its device to write where it has no business: with an IOMMU the memory stays as it was, the device is named in
// the log, and the audit knows; without one the same write succeeds. And the drivers of the image work with an IOMMU and without.
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { bootedGuest, loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { diskWith } from "./added-servers.ts";

/**
 * The driver of e1000e cards with one lie: each receive buffer lies in memory that pci was never told of. Broadcasts ask the gateway for its
 * address until an answer has changed that memory, or 20 times.
 */
const rogue = `
import { Failure } from "../../../sdk/contract/failure.ts";
import { PoolFrames } from "../../../sdk/net/pool-frames.ts";
import { claimFunction, deviceMemories } from "../../../sdk/pci/claim.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { createDma } from "../../../sdk/runtime/privileges.ts";
import { orderAccesses } from "../../../sdk/runtime/shared-view.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { POOL_BYTES, RING_BYTES, startCard } from "../../../servers/e1000e/start-card.ts";
import { Pci } from "../../../servers/pci/contract.ts";

const request = new Uint8Array(60);
request.set([255, 255, 255, 255, 255, 255, 82, 84, 0, 18, 52, 87, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
request.set([82, 84, 0, 18, 52, 87, 10, 0, 2, 99, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2], 22);

run(async () => {
  const pci = await connect(Pci, "/dev/pci");
  const { regions, privilege } = await claimFunction(pci, { class: "e1000e", vectors: 2 });
  const victim = createDma(privilege, 4096);
  const seen = victim.map();
  const there = victim.busAddress();
  const [rings, pool] = await deviceMemories(pci, privilege, [RING_BYTES, POOL_BYTES]);
  await pci.busMaster({ on: true });
  const card = startCard({ registers: regions[0].view, rings, pool, order: orderAccesses });
  for (let slot = 0; slot < 256; slot++) rings.memory.set64(slot * 16, there);
  const frames = new PoolFrames(card, pool.memory);
  ready();
  log("told the device to write at 0x" + there.toString(16));
  for (let tries = 0; tries < 20 && seen.get32(0) === 0; tries++) {
    frames.transmit(request);
    frames.flush();
    await sleep(100e6);
  }
  log(seen.get32(0) === 0 ? "the memory is as it was" : "the device wrote there");
});
`;

async function run(guest: Guest, line: string): Promise<string> {
  guest.type(`${line}\n`);
  const { input, index } = await guest.expect(/leivos\$ $/);
  return input.slice(0, index).replaceAll("\r", "");
}

async function until(guest: Guest, line: string, wanted: RegExp): Promise<string> {
  for (let tries = 0; ; tries++) {
    const text = await run(guest, line);
    if (wanted.test(text) || tries === 40) return text;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function login(guest: Guest): Promise<void> {
  guest.type("dev\n");
  await guest.expect(/Password: $/);
  guest.type("dev\n");
  await guest.expect(/leivos\$ $/);
}

for (const iommu of [true, false])
  test.serial(`a rogue driver, ${iommu ? "with" : "without"} an IOMMU`, async (t) => {
    t.timeout(300_000);
    const manifest = packManifest({
      name: "rogue",
      uses: ["/dev/pci"],
      devices: ["e1000e"],
      kernels: ["e1000e"],
      budget: 8 << 20,
    });
    const added = [{ code: rogue, manifest }];
    const guest = await diskGuest(
      await diskWith(`rogue-driver-${iommu}`, added, ["e1000e"], { netd_wait: "10" }),
      {
        network: { kind: "user", options: [] },
        card: "e1000e",
        mac: "52:54:00:12:34:57",
        channel: true,
        iommu,
      },
    );
    try {
      await guest.expect(loginPrompt, 120_000);
      await login(guest);
      const told = await until(guest, "log rogue", /rogue: the /);
      const place = /write at (0x[0-9a-f]+)/.exec(told)?.[1] ?? "nowhere";
      const pci = await run(guest, "log pci");
      if (iommu) {
        t.regex(told, /rogue: the memory is as it was/);
        const sentence = `pci: [0-9a-f:.]+ \\(rogue\\) was kept from writing at ${place}: its driver has no such memory`;
        t.regex(pci, new RegExp(sentence));
        t.regex(pci, /no more of it is told/);
        const line = await Connection.open(guest.channel);
        const audit = JSON.stringify(await line.ask("audit", { from: 0 }));
        line.close();
        t.regex(audit, /"denied","server":"rogue"[^}]*"by":"pci"[^}]*was kept from writing/);
      } else {
        t.regex(told, /rogue: the device wrote there/);
        t.regex(pci, /no IOMMU: a device reaches all memory/);
        t.notRegex(pci, /kept from/);
      }
    } finally {
      await guest.close();
    }
  });

test.serial(
  "a machine without an IOMMU: ping, a driver that was killed, the line to the host",
  async (t) => {
    t.timeout(300_000);
    const guest = await bootedGuest({
      machine: { iommu: false, channel: true },
      options: { netd_wait: "30000" },
    });
    try {
      await login(guest);
      t.regex(await run(guest, "log pci"), /no IOMMU: a device reaches all memory/);
      t.regex(await run(guest, "ping 10.0.2.2 1"), /1 received/);
      t.regex(await run(guest, "log virtio-serial"), /line to the host/);
      await run(guest, "kill virtio-net");
      const back = /killed[\s\S]*virtio-net: card at/;
      t.regex(await until(guest, "log virtio-net", back), back);
      t.regex(await until(guest, "ping 10.0.2.2 1", /1 received/), /^1 sent, 1 received/m);
    } finally {
      await guest.close();
    }
  },
);
