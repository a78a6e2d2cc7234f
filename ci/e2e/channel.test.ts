// The channel between host and system: each command against a running system, a dump of it, a host that dies half-way, and noise.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { encodeFrame, frameKinds } from "../../sdk/channel/frame.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { recordMachine } from "../../sdk/cli/channel/machines.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { bootedGuest, freshGuest, loginPrompt } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-channel-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A booted guest with a line to the host, for the length of `use`; `flags` name it to commands. */
async function withGuest(use: (guest: Guest, flags: string[]) => Promise<void>): Promise<void> {
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const { machine, forget } = recordMachine(guest.channel);
  try {
    await use(guest, ["--machine", machine.name]);
  } finally {
    forget();
    await guest.close();
  }
}

/** Runs `uusi` as a person does. */
function uusi(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(process.cwd(), "sdk/cli/uusi.mjs"), ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

async function text(...args: string[]): Promise<string> {
  const { code, out, err } = await uusi(...args);
  if (code !== 0) throw new Error(`uusi ${args.join(" ")}: ${code}: ${err}`);
  return out;
}

const json = async (...args: string[]) => JSON.parse(await text(...args, "--json"));

/** A raw line to the guest, as a host without manners has it. */
const rawLine = (guest: Guest) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(guest.channel, () => resolve(socket));
    socket.once("error", reject);
  });

/** Sends bytes and goes away without a word. */
async function sendAndDie(guest: Guest, bytes: Uint8Array): Promise<void> {
  const socket = await rawLine(guest);
  await new Promise((resolve) => socket.end(bytes, () => resolve(undefined)));
  socket.destroy();
}

test.serial("every command answers, as text and as JSON", async (t) => {
  await withGuest(async (guest, flags) => {
    const ps = await json("ps", ...flags);
    const names = ps.processes.map((each: { name: string }) => each.name);
    for (const name of ["init", "console", "pci", "dev", "virtio-serial", "netd"])
      t.true(names.includes(name), `${name} of ${names}`);
    const { entries } = await json("audit", ...flags);
    t.deepEqual(
      entries.filter((each: { kind: string }) => each.kind === "denied"),
      [],
    );
    t.true(Array.isArray((await json("trace", "pci", "--seconds", "1", ...flags)).requests));
    const line = await Connection.open(guest.channel);
    await line.ask("trace", { wanted: "session.services", time: 60e9 });
    await line.ask("services");
    const traced = (await line.ask("traced", { from: 0 }))["steps"] as { step: string }[];
    line.close();
    const [calls, got] = traced;
    t.like(calls, { server: "dev", step: "calls", peer: "/svc/session", method: "services" });
    t.like(got, { server: "init", step: "got call", peer: "dev", method: "services" });
    t.true(traced.some(({ step }) => step === "got reply"));
    t.deepEqual((await json("state", "random", ...flags)).services[0].name, "/svc/random");
    t.regex((await uusi("state", "dev", ...flags)).err, /dev declares no state/);
    const why = await json("why", ...flags);
    t.deepEqual([why.mute, why.circles], [[], []]);
    t.regex(await text("why", "dev", ...flags), /^dev waits for virtio-serial: host-stream.read/m);
    t.regex(await text("audit", "dev", ...flags), /unused +dev +uses: \/svc\/tape/);
    t.true(ps.servers.length >= names.length - 1);
    t.regex(await text("ps", ...flags), /^ *\d+ +virtio-serial +running/m);
    for (const { name, code, file } of ps.servers) {
      t.regex(code, /^[0-9a-f]{12}$/, name);
      t.is(file, code, `${name}: its sources are those of the image`);
    }
    const top = await json("top", ...flags);
    t.true(top.span > 0 && top.span < top.up, `${top.span} of ${top.up}`);
    t.deepEqual(top.processes.map((each: { name: string }) => each.name).sort(), names.sort());
    t.regex(await text("top", "--once", ...flags), /^NAME +ID +CPU % /m);
    t.deepEqual((await json("caps", ...flags)).may, ["see", "log", "manage"]);
    const caps = await json("caps", "netd", ...flags);
    t.true(caps.lines.some((line: string) => line.includes("/dev/net0")));
    t.true((await json("log", ...flags)).lines.includes("[ok] uefi memory map preserved"));
    t.regex(await text("log", "virtio-serial", ...flags), /^virtio-serial: line to the host at/m);
    const { services } = await json("services", ...flags);
    t.like(
      services.find((each: { name: string }) => each.name === "/dev/host0"),
      { server: "virtio-serial", state: "running" },
    );
    const mem = await json("mem", ...flags);
    t.is(mem.used + mem.free, mem.total);
    t.regex(await text("mem", ...flags), /^free +\d+ MiB +\d+$/m);
  });
});

test.serial(
  "kill and restart, why a server ended, and a dump that the same commands read",
  async (t) => {
    await withGuest(async (_guest, flags) => {
      t.deepEqual(await json("kill", "random", ...flags), { server: "random", done: "was killed" });
      const random = async (...from: string[]) =>
        (await json("ps", ...from)).servers.find(
          (each: { name: string }) => each.name === "random",
        );
      while ((await random(...flags)).starts < 2)
        await new Promise((next) => setTimeout(next, 100));
      t.regex((await random(...flags)).why, /^killed: by server dev \(code 137\)$/);
      t.regex(await text("ps", ...flags), /^random ended .* ago: killed: by server dev/m);
      t.regex(await text("log", "random", ...flags), /^random: killed: by server dev/m);
      // The engine's notes of its messages, which init has kept: the heads of what it last did.
      const last = (await json("log", "random", ...flags)).lastEnd.messages;
      t.true(last.length > 0);
      t.true(last.every((each: { time: number }) => each.time > 0 && each.time < 2 ** 50));
      t.regex(await text("log", "random", ...flags), /\(its last messages:\)\n(.*\n)*.* ms {2}/);
      await json("restart", "i8042", ...flags);
      const dump = await json("dump", "--out", "all.json", ...flags);
      t.is(dump.bytes, readFileSync(join(folder, "all.json")).length);
      const from = ["--from", "all.json"];
      t.regex((await random(...from)).why, /^killed: by server dev/);
      t.regex(await text("ps", ...from), /^ *\d+ +console +running/m);
      t.regex(await text("log", ...from), /^\[ok\] uefi memory map preserved$/m);
      t.regex(await text("log", "random", ...from), /last end of random: killed/);
      t.regex(await text("caps", "netd", ...from), /\/dev\/net0/);
      t.regex(await text("services", ...from), /\/dev\/host0/);
      t.regex(await text("mem", ...from), /^free /m);
      t.regex(await text("top", ...from), /^init /m);
      const nobody = await uusi("kill", "nobody", ...flags);
      t.is(nobody.code, 1);
      t.regex(nobody.err, /^there is no server nobody; [^\n]*\n$/);
      for (const command of ["audit", "caps", "log", "state", "why"]) {
        const live = await uusi(command, "nobody", ...flags);
        const dumped = await uusi(command, "nobody", ...from);
        t.regex(live.err, /^there is no server nobody; [^\n]*\n$/, command);
        t.regex(dumped.err, /^there is no server nobody; [^\n]*\n$/, `${command} of a dump`);
        t.deepEqual([live.code, dumped.code], [1, 1], command);
      }
    });
  },
);

test.serial(
  "what the manifest does not grant is refused by the system, and its line is named",
  async (t) => {
    await withGuest(async (guest) => {
      const connection = await Connection.open(guest.channel);
      await t.throwsAsync(connection.ask("power", { action: "off" }), { message: /no call power/ });
      await t.throwsAsync(connection.ask("open", { name: "/dev/pci" }), {
        message: /no call open/,
      });
      await t.throwsAsync(connection.ask("kill", {}), { instanceOf: Failure });
      await t.throwsAsync(connection.ask("kill", { server: 7 }), { instanceOf: Failure });
      await t.throwsAsync(connection.ask("log", { position: -1 }), { instanceOf: Failure });
      t.is((await connection.ask("account"))["name"], "dev");
      connection.close();
    });
  },
);

test.serial("hosts that die half-way and noise cost the next host nothing", async (t) => {
  await withGuest(async (guest) => {
    const session = { session: 77, flags: 0, sequence: 0 };
    const open = encodeFrame({
      ...session,
      kind: frameKinds.OPEN,
      payload: new Uint8Array([1, 0]),
    });
    const long = encodeFrame({ ...session, kind: frameKinds.DATA, payload: new Uint8Array(1024) });
    const noise = Uint8Array.from(
      { length: 20_000 },
      (_, index) => (index * 167 + (index >> 5)) & 255,
    );
    const torn = [open.subarray(0, 9), long.subarray(0, 300), Buffer.concat([open, long]), noise];
    for (const bytes of torn) {
      await sendAndDie(guest, bytes);
      const connection = await Connection.open(guest.channel);
      t.is((await connection.ask("account"))["name"], "dev");
      connection.close();
    }
    // One that asks for everything and is gone before the answers.
    const greedy = await Connection.open(guest.channel);
    for (let count = 0; count < 8; count++)
      greedy.ask("log", { position: 0 }).catch(() => undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 20);
    await promise;
    greedy[Symbol.dispose]();
    const connection = await Connection.open(guest.channel);
    const servers = await liveSource(connection).servers();
    for (const name of ["dev", "virtio-serial"])
      t.is(servers.find((each) => each.name === name)?.starts, 1, `${name} never ended`);
    connection.close();
  });
});

test.serial("the driver and the door come back after a kill", async (t) => {
  await withGuest(async (guest) => {
    for (const name of ["virtio-serial", "dev"]) {
      const before = await Connection.open(guest.channel);
      // The answer itself may be lost with the server.
      await before.ask("kill", { server: name }).catch(() => undefined);
      before.close();
      const after = await Connection.open(guest.channel, 60_000);
      const server = (await liveSource(after).servers()).find((each) => each.name === name);
      t.true(server!.starts > 1, JSON.stringify(server));
      after.close();
    }
  });
});

test.serial("a release image has no such door", async (t) => {
  const variant = { ...standardVariant, out: "build/variants/release", development: false };
  const built = async (of: typeof variant) =>
    readFileSync((await buildSystem(of, () => undefined, false)).boot);
  const doors = ["bundle/virtio-serial", "bundle/serial-line", "/dev/host0", "/dev/host1"];
  for (const name of ["bundle/dev", ...doors]) {
    t.true((await built(standardVariant)).includes(name), `${name} in a development image`);
    t.false((await built(variant)).includes(name), `${name} in a release image`);
  }
  const guest = await freshGuest({
    variant,
    machine: { channel: true, network: { kind: "none" } },
  });
  try {
    await guest.expect(loginPrompt);
    await t.throwsAsync(Connection.open(guest.channel, 5000), { message: /does not answer/ });
  } finally {
    await guest.close();
  }
});
