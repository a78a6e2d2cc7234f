// init in a whole system on the simulated nucleus: refusals, limits, accounts, in virtual time.
import { createHash } from "node:crypto";
import test from "ava";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { passwordHash } from "../../sdk/image/development-account.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

/** The system with one more server; `change` may spoil its entry in the configuration. */
async function withServer(code: string, fields: Partial<ManifestFields>, change: object = {}) {
  const script = await serverScript(code);
  const scriptDigest = createHash("sha256").update(script).digest("hex");
  const manifest = packManifest({ name: "extra", budget: 12 << 20, ...fields });
  const digest = scriptDigest;
  const entry = {
    name: "extra",
    bundle: "bundle/extra",
    digest,
    scriptDigest,
    manifest,
    ...change,
  };
  return {
    ...system,
    bundles: { ...system.bundles, extra: script },
    config: { ...system.config, servers: [...system.config.servers, entry] },
  };
}

const idle = "run(() => { ready(); });";

test("a name that the manifest does not list is refused, and the line is named", async (t) => {
  const code = `
    import { connect } from "../../../sdk/runtime/connect.ts";
    import { Net } from "../../../servers/netd/contract.ts";
    run(async () => {
      ready();
      for (let i = 0; i < 3; i++) log("answer: " + (await connect(Net, "/svc/net")).sentence);
    });`;
  const guest = await SimGuest.boot(await withServer(code, {}));
  await guest.login();
  const log = await guest.command("log");
  const sentence = "extra may not open /svc/net: add it to `uses` in servers/extra/manifest.ts";
  t.is(log.split(`extra: answer: ${sentence}`).length, 4);
  t.is(log.split(`init: refused: ${sentence}`).length, 2, "logged once");
  t.regex(await guest.command("caps extra"), /^refused \/svc\/net \(3 times\)/m);
});

test("a manifest that asks for what does not exist keeps its server from starting", async (t) => {
  const fields = { devices: ["moon" as never] };
  const guest = await SimGuest.boot(await withServer(idle, fields));
  await guest.login();
  t.regex(await guest.command("log"), /^init: (extra is not started: )?.*extra.*devices.*moon/m);
  t.false((await guest.command("ps")).includes("extra"));
});

test("code with another digest is not started", async (t) => {
  const wrong = { digest: "ab".repeat(32), scriptDigest: "cd".repeat(32) };
  const guest = await SimGuest.boot(await withServer(idle, {}, wrong));
  await guest.login();
  t.regex(
    await guest.command("log extra"),
    /extra: cannot start: bundle\/extra is not the code that the configuration names/,
  );
});

test("a bundle that is missing is said, and nobody else waits", async (t) => {
  const guest = await SimGuest.boot(await withServer(idle, {}, { bundle: "bundle/none" }));
  await guest.login();
  t.regex(
    await guest.command("log extra"),
    /extra: cannot start: the boot image has no bundle\/none/,
  );
});

test("a server that dies in a circle is held after five restarts; clear tries at once", async (t) => {
  const guest = await SimGuest.boot(await withServer("run(() => { exit(3); });", {}));
  await guest.login();
  await guest.pass(6e9);
  const starts = async () =>
    (await guest.command("log extra")).split("exited with code 3").length - 1;
  t.is(await starts(), 6);
  t.regex(await guest.command("log extra"), /5 restarts in 10 s, next try in 30 s/);
  await guest.pass(10e9);
  t.is(await starts(), 6, "held");
  await guest.command("clear extra");
  await guest.pass(50e6);
  t.is(await starts(), 7);
});

test("a name whose server stays away is answered with a sentence", async (t) => {
  const code = `
    import { connect } from "../../../sdk/runtime/connect.ts";
    import { Random } from "../../../servers/random/contract.ts";
    run(async () => { ready(); log("answer: " + (await connect(Random, "/svc/random")).sentence); });`;
  const image = await withServer(code, { uses: ["/svc/random"] });
  const guest = await SimGuest.boot({ ...image, options: "without=random" });
  await guest.login();
  t.regex(
    await guest.command("log"),
    /extra: answer: \/svc\/random: its server random was not started: the boot options say without=random/,
  );
  t.regex(await guest.command("services"), /\/svc\/random +- +left out/);
});

test("an account may do what its fragment says and no more", async (t) => {
  const password = passwordHash("guest", Buffer.from("a salt of sixteen bytes"));
  const accounts = [...system.config.accounts, { name: "guest", password, may: ["see"], uses: [] }];
  const guest = await SimGuest.boot({ ...system, config: { ...system.config, accounts } });
  await guest.expect(/leivos login: $/);
  guest.type("guest\nguest\n");
  await guest.expect(/leivos\$ $/);
  t.regex(await guest.command("ps"), /init/);
  const refusals: [string, RegExp][] = [
    ["kill netd", /account guest may not: add "manage" to its `may`/],
    ["restart netd", /"manage"/],
    ["clear netd", /"manage"/],
    ["log", /"log"/],
    ["poweroff", /"power"/],
    ["reboot", /"power"/],
    ["ip", /account guest may not open \/svc\/net: add it to its `uses`/],
  ];
  for (const [line, sentence] of refusals) t.regex(await guest.command(line), sentence, line);
  t.is(guest.machine.stop, undefined);
});

test("wrong passwords wait longer each time, for accounts that exist and that do not", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.expect(/leivos login: $/);
  const attempt = async (account: string) => {
    guest.type(`${account}\n`);
    await guest.expect(/Password: $/);
    const from = guest.machine.now;
    guest.type("wrong\n");
    await guest.expect(/login incorrect\r\nleivos login: $/);
    return Math.round((guest.machine.now - from) / 1e9);
  };
  t.deepEqual(
    [await attempt("dev"), await attempt("nobody"), await attempt("dev"), await attempt("nobody")],
    [1, 2, 4, 8],
  );
  guest.type("dev\ndev\n");
  await guest.expect(/leivos\$ $/);
});

test("without a card the login does not wait for netd's time", async (t) => {
  const guest = await SimGuest.boot({ ...system, board: { net: false } });
  await guest.expect(/leivos login: $/);
  t.regex(guest.text, /init: netd has nothing to work with: (?:virtio-net|e1000e) does not run/);
  t.true(guest.machine.now < 1.5e9, `${guest.machine.now}`);
});

test("power off ends the servers in order and the machine", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  guest.type("poweroff\n");
  t.is(await guest.machine.run(() => false, guest.machine.now + 10e9), "off");
  t.regex(guest.text, /switching off/);
});

test("reboot starts the machine again", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  guest.type("reboot\n");
  t.is(await guest.machine.run(() => false, guest.machine.now + 10e9), "reboot");
});
