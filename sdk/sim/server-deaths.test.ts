// Servers that are killed or misbehave: each comes back or stays down as its manifest says, and nobody else notices.
import { createHash } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { packManifest } from "../contract/manifest.ts";
import { freshSystem, SimGuest } from "./testing/sim-guest.ts";
import { standingServers } from "./testing/standing.ts";
import { serverScript } from "./testing/server-script.ts";

const system = await freshSystem();

/** Rows of `ps` by name: state and number of starts. */
async function processes(guest: SimGuest): Promise<Map<string, { state: string; starts: number }>> {
  const rows = (await guest.command("ps")).trim().split(/\r?\n/).slice(1);
  return new Map(
    rows.map((row) => {
      const cells = row.trim().split(/\s{2,}/);
      return [cells[1] as string, { state: cells[2] as string, starts: Number(cells.at(-1)) }];
    }),
  );
}

for (const name of standingServers(system).filter((n) => n !== "console")) {
  test(`${name} is killed and comes back`, async (t) => {
    const guest = await SimGuest.boot({ ...system });
    await guest.login();
    const before = (await processes(guest)).get(name);
    t.is(before?.state, "running", "it runs");
    await guest.command(`kill ${name}`);
    await guest.pass(3e9);
    const after = await processes(guest);
    t.is(after.get(name)?.state, "running");
    t.is(after.get(name)?.starts, (before?.starts ?? 0) + 1);
    for (const [other, { starts }] of after) {
      if (other !== name && other !== "netd" && other !== "virtio-net") t.is(starts, 1, other);
    }
    t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  });
}

test("console is killed: a new one shows the prompt again", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  guest.type("kill console\n");
  await guest.expect(/leivos login: $/);
  guest.type("dev\n");
  await guest.expect(/Password: /);
  guest.type("dev\n");
  await guest.expect(/leivos\$ $/);
  t.is((await processes(guest)).get("console")?.starts, 2);
});

/** The system with one more server, whose main.ts is `code` after the imports. */
async function withServer(code: string) {
  const script = await serverScript(code);
  const scriptDigest = createHash("sha256").update(script).digest("hex");
  const manifest = packManifest({ name: "faulty", budget: 12 << 20, startWithin: 3e9 });
  const entry = {
    name: "faulty",
    bundle: "bundle/faulty",
    digest: scriptDigest,
    scriptDigest,
    manifest,
  };
  return {
    ...system,
    bundles: { ...system.bundles, faulty: script },
    config: { ...system.config, servers: [...system.config.servers, entry] },
  };
}

/** Boots with a faulty server; the log must name the fault, and everybody else must work. */
async function disturbsNobody(t: ExecutionContext, code: string, expected: RegExp): Promise<void> {
  const guest = await SimGuest.boot(await withServer(code));
  await guest.login();
  await guest.pass(20e9);
  const log = (await guest.command("log faulty")) + guest.text;
  t.regex(log, expected);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  const all = await processes(guest);
  for (const [name, { starts, state }] of all) {
    if (name !== "faulty") t.deepEqual([name, state, starts], [name, "running", 1]);
  }
  const faults = log.split("\n").filter((line) => expected.test(line));
  t.true(faults.length >= 2, "it was started again, and failed again");
}

test("a server that throws at start", (t) =>
  disturbsNobody(
    t,
    `run(() => { throw new Error("no such luck"); });`,
    /faulty: uncaught: Error: no such luck at .*main\.ts:\d+/,
  ));

test("a server that does not call run", (t) =>
  disturbsNobody(t, "export const nothing = 1;", /faulty: the bundle did not set `uusi\.turn`/));

test("a server that loops for ever", (t) =>
  disturbsNobody(
    t,
    "run(() => { for (;;); });",
    /faulty: turn took more than 2 s of processor time/,
  ));

test("a server that loops for ever in a timer, catching everything", (t) =>
  disturbsNobody(
    t,
    "run(() => { ready(); after(1e9, () => { for (;;) { try { for (;;); } catch {} } }); });",
    /faulty: turn took more than 2 s of processor time/,
  ));

test("a server that exhausts its memory", (t) =>
  disturbsNobody(
    t,
    "run(() => { const all = []; for (;;) all.push(new Array(1000).fill(all.length + 0.5)); });",
    /faulty: uncaught: InternalError: out of memory/,
  ));

test("a server that exhausts its stack", (t) =>
  disturbsNobody(
    t,
    "const deep = (n) => deep(n + 1) + 1;\nrun(() => { deep(0); });",
    /faulty: uncaught: (?:InternalError|RangeError): .*(?:stack|call)/i,
  ));

test("a server that touches memory that is not its own", (t) =>
  disturbsNobody(
    t,
    "run(() => { ready(); uusi.set32(0x123456789000, 1); });",
    /faulty.*0x123456789000/,
  ));

test("a server that exits", (t) =>
  disturbsNobody(t, "run(() => { exit(3); });", /faulty.*(?:code 3|exited)/));

test("a server that never gets ready is ended", (t) =>
  disturbsNobody(t, "run(() => { after(1e12, () => {}); });", /faulty.*(?:ready|start)/));

/** `just soak` takes the stated size. */
const kills = process.env.LEIVOS_CAMPAIGN === "soak" ? 500 : 30;

test(`${kills} kills of netd leave the free pages where they were`, async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const cycle = async () => {
    await guest.command("kill netd");
    let state = "";
    for (let each = 0; each < 60 && !/^dhcp +bound/m.test(state); each++) {
      await guest.pass(1e9);
      state = await guest.command("ip");
    }
    t.regex(state, /^dhcp +bound/m, "its lease again, or a new one");
    await guest.command("clear netd");
    await guest.pass(1e9);
    return guest.machine.nucleus.freePages();
  };
  await cycle();
  const before = await cycle();
  let after = 0;
  for (let i = 0; i < kills; i++) after = await cycle();
  t.is(after, before);
});

test("kills of the card's driver leave the free pages where they were", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const cycle = async () => {
    await guest.command("kill virtio-net");
    await guest.pass(2e9);
    await guest.command("clear virtio-net");
    t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
    await guest.pass(1e9);
    return guest.machine.nucleus.freePages();
  };
  await cycle();
  const before = await cycle();
  let after = 0;
  for (let i = 0; i < kills / 4; i++) after = await cycle();
  t.is((await processes(guest)).get("netd")?.starts, 1, "the same netd all the time");
  t.is(after, before);
});
