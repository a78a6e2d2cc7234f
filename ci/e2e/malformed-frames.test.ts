// Frames that no sound host sends, on the wire of a booted guest: each is refused and counted, and nothing else changes.
import test from "ava";
import { Gateway } from "../../sdk/sim/wire/gateway.ts";
import { endsAtCard, malformed } from "../../servers/netd/testing/malformed.ts";
import { ManualTurn } from "../../servers/netd/testing/manual-turn.ts";
import { freshGuest, loginPrompt } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { Wire } from "../qemu/wire.ts";
import { command, logIn } from "../qemu/person.ts";

/** `refused` rows of `ip`: code and count. */
async function refusals(guest: Guest): Promise<{ [code: string]: number }> {
  const counts: { [code: string]: number } = {};
  for (const [, code, count] of (await command(guest, "ip")).matchAll(
    /^refused +(\S+) +(\d+)$/gm,
  )) {
    counts[code!] = Number(count);
  }
  return counts;
}

const total = (counts: { [code: string]: number }) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Asks until nothing moves any more: the guest is done with what was sent. */
async function settled(guest: Guest): Promise<{ [code: string]: number }> {
  for (let before = -1; ; ) {
    const counts = await refusals(guest);
    if (total(counts) === before) return counts;
    before = total(counts);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test.serial("every kind of malformed frame is counted, and the guest goes on", async (t) => {
  const gateway: Gateway = new Gateway((frame) => wire.send(frame));
  const wire = await Wire.open((frame) => gateway.receive(frame));
  const machine = { network: { kind: "wire", path: wire.path } } as const;
  const guest = await freshGuest({ machine, options: { netd_wait: "30000" } });
  try {
    await guest.expect(/netd: dhcp BOUND ip=10\.0\.2\.15/);
    await guest.expect(loginPrompt);
    await logIn(guest);
    t.deepEqual(await refusals(guest), {});

    const expected: { [code: string]: number } = {};
    for (const [frame, code] of Object.values(malformed)) {
      wire.send(frame);
      if (endsAtCard.has(code)) continue;
      expected[code] = (expected[code] ?? 0) + 1;
    }
    t.deepEqual(await settled(guest), expected);

    // Noise: valid frames with bytes changed, and bytes without any order.
    const noise = new ManualTurn(0, Number(process.env.LEIVOS_SEED ?? 1));
    const frames = Object.values(malformed).map(([frame]) => frame);
    for (let count = 0; count < 1000; count++) {
      const frame = (frames[noise.random32() % frames.length] as Uint8Array).slice();
      for (let change = noise.random32() % 8; change > 0 && frame.length > 0; change--) {
        frame[noise.random32() % frame.length] = noise.random32() & 255;
      }
      wire.send(frame);
    }
    t.true(total(await settled(guest)) > total(expected));
    // Noise may have become a sound request, which was answered.
    gateway.echoed.length = 0;
    for (let sequence = 1; sequence <= 3; sequence++) gateway.ping(sequence);
    await settled(guest);
    t.deepEqual(gateway.echoed, [1, 2, 3]);
    t.regex(await command(guest, "ping 10.0.2.2 2"), /^2 sent, 2 received/m);
    t.notRegex(
      await command(guest, "log"),
      /(netd|virtio-net): (ended|exited|killed)|fault|given up/,
    );
  } finally {
    await guest.close();
    wire.close();
  }
});
