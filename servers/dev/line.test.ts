// dev and its driver in a whole system on the simulated nucleus: a host is served, and is served again whatever became of the driver.
import { createHash } from "node:crypto";
import test from "ava";
import { encodeFrame, type Frame, frameFlags, frameKinds } from "../../sdk/channel/frame.ts";
import { FrameReader } from "../../sdk/channel/frame-reader.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

/** A booted system with a line; `ask` opens a session and makes one request. */
async function scene(image = system) {
  const guest = await SimGuest.boot({ ...image, board: { channel: true, net: false } });
  await guest.login();
  const { machine } = guest;
  const { board } = machine;
  let frames: Frame[] = [];
  const reader = new FrameReader();
  board.onChannel = (bytes) => reader.push(bytes, (frame) => frames.push(frame));
  let session = 0;
  const ask = async (call: string): Promise<string> => {
    session += 1;
    frames = [];
    const send = (kind: number, payload: Uint8Array) =>
      board.channel!.receive(
        encodeFrame({ kind, flags: frameFlags.END, session, sequence: 0, payload }),
      );
    send(frameKinds.OPEN, new Uint8Array([1, 0]));
    const fields = {};
    send(frameKinds.DATA, Buffer.from(JSON.stringify({ id: 1, call, fields })));
    const data = () =>
      frames.filter((each) => each.session === session && each.kind === frameKinds.DATA);
    await machine.run(() => (data().at(-1)?.flags ?? 0) === frameFlags.END, machine.now + 5e9);
    return Buffer.concat(data().map(({ payload }) => payload)).toString();
  };
  return { guest, ask };
}

test("a host is answered", async (t) => {
  const { ask } = await scene();
  t.like(JSON.parse(await ask("account")), { id: 1, reply: { name: "dev" } });
});

test("the driver dies until init holds it back: dev waits, and serves when it is there again", async (t) => {
  const { guest, ask } = await scene();
  for (let kills = 0; kills < 40; kills++) {
    await guest.command("kill virtio-serial");
    await guest.pass(2e8);
    if (/virtio-serial +held/.test(await guest.command("services"))) break;
  }
  t.regex(await guest.command("services"), /\/dev\/host0 +virtio-serial +held/);
  await guest.pass(5e9);
  t.is(await ask("account"), "");
  await guest.command("clear virtio-serial");
  await guest.pass(35e9);
  t.regex(await guest.command("ps"), /\bdev +running/);
  t.like(JSON.parse(await ask("account")), { id: 1, reply: { name: "dev" } });
});

test("the driver dies: dev lives on and serves over the next one's line", async (t) => {
  const { guest, ask } = await scene();
  for (let kills = 0; kills < 3; kills++) {
    await guest.command("kill virtio-serial");
    await guest.pass(2e9);
    t.like(JSON.parse(await ask("account")), { id: 1, reply: { name: "dev" } });
  }
  t.regex(await guest.command("ps"), /\bdev +running .* 1\r?\n/);
});

test("the driver's answers are of no use: dev says so, waits, and does not end", async (t) => {
  // As a fault in the driver's memory may have it.
  const code = system.bundles["virtio-serial"]!.replace(
    /mine\(peer\) \?\? line\d*\.read\(\)/,
    'refuse(failures.INVALID, "no good")',
  );
  t.not(code, system.bundles["virtio-serial"]);
  const digest = createHash("sha256").update(code).digest("hex");
  const servers = system.config.servers.map((entry) =>
    entry.name === "virtio-serial" ? { ...entry, digest, scriptDigest: digest } : entry,
  );
  const { guest } = await scene({
    ...system,
    bundles: { ...system.bundles, "virtio-serial": code },
    config: { ...system.config, servers },
  });
  await guest.pass(25e9);
  t.regex(await guest.command("log dev"), /the line is opened again: .*no good/);
  t.regex(await guest.command("ps"), /\bdev +running .* 1\r?\n/);
  await guest.command("kill virtio-serial");
  await guest.pass(5e9);
  t.regex(await guest.command("ps"), /\bdev +running .* 1\r?\n/);
});
