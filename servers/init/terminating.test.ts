// Hangs, words before the end, needs: servers under init's supervision in a whole system, in virtual time.
import test from "ava";
import type { ManifestFields } from "../../sdk/contract/manifest.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { Random } from "../random/contract.ts";

const system = await freshSystem();

/** The system with those servers: name, main.ts, manifest. */
async function systemWith(
  extras: readonly (readonly [string, string, Omit<ManifestFields, "name">])[],
) {
  let image = system;
  for (const [name, code, fields] of extras)
    image = await withServer(image, code, { name, ...fields });
  return image;
}

/** Says that it was told, flushes for 20 ms, and ends with 0. */
const FLUSHES = `
  import { onTerminating } from "../../../sdk/runtime/supervisor.ts";
  run(() => {
    onTerminating((reason) => {
      log("told: " + reason);
      after(20e6, () => { log("flushed"); exit(0); });
    });
    ready();
  });`;

const count = (text: string, part: string) => text.split(part).length - 1;

test("a server whose loop swallows its events is found, told and started again", async (t) => {
  const code = `
    run(() => {
      ready();
      after(8e9, () => { const { turn } = uusi; uusi.turn = () => {}; void turn; });
    });`;
  const guest = await SimGuest.boot(await systemWith([["deaf", code, {}]]));
  await guest.login();
  await guest.pass(100e9);
  const log = await guest.command("log deaf");
  t.regex(log, /deaf: killed: it did not answer for 1\d s; not ended 100 ms after the word/);
  t.regex(log, /deaf: ended; restart in 100 ms/);
  t.regex(await guest.command("ps"), /deaf +running/);
  for (const other of ["netd", "random", "pci"])
    t.false((await guest.command(`log ${other}`)).includes("did not answer"), other);
});

test("`restart` tells first: the server flushes, and starts again at once", async (t) => {
  const guest = await SimGuest.boot(await systemWith([["flushes", FLUSHES, {}]]));
  await guest.login();
  await guest.command("restart flushes");
  await guest.pass(50e6);
  const log = await guest.command("log flushes");
  t.regex(log, /told: restart was asked for\r?\n.*flushed\r?\n/);
  t.regex(log, /flushes: exited, told to end: restart was asked for/);
  t.regex(await guest.command("ps"), /flushes +running.* 2\r?\n/);
});

test("a server that is not ready in time is told before it is killed", async (t) => {
  const code = FLUSHES.replace("ready();", "");
  const guest = await SimGuest.boot(
    await systemWith([["late", code, { startWithin: 1e9, restart: { when: "never" } }]]),
  );
  await guest.login();
  await guest.pass(3e9);
  t.regex(await guest.command("log late"), /told: not ready 1 s after its start\r?\n.*flushed/);
});

test("at the end of the system whoever uses ends before whoever serves; a deaf one costs its time", async (t) => {
  const user = FLUSHES.replace("ready();", `ready(); log("up");`);
  const serving = `
    import { Random } from "../../../servers/random/contract.ts";
    import { serve } from "../../../sdk/runtime/serve.ts";
        ${FLUSHES.replace("ready();", `serve("/svc/nothing", Random, { bytes: () => ({ bytes: new Uint8Array(0) }) }); ready();`)}`;
  const deaf = `
    import { onTerminating } from "../../../sdk/runtime/supervisor.ts";
    run(() => { onTerminating((reason) => log("told: " + reason)); ready(); });`;
  const image = await systemWith([
    ["user", user, { uses: ["/svc/nothing"] }],
    ["below", serving, { serves: { "/svc/nothing": Random } }],
    ["deaf", deaf, { stopWithin: 3e9 }],
  ]);
  const guest = await SimGuest.boot({ ...image, options: "netd_wait=0" });
  const ends: string[] = [];
  await guest.login();
  guest.type("poweroff\n");
  const from = guest.machine.now;
  t.is(await guest.machine.run(() => false, from + 20e9), "off");
  t.true(guest.machine.now - from > 3e9, "the deaf one had its time");
  const memory = Buffer.from(guest.machine.nucleus.bytes());
  const log = memory.toString("latin1", memory.indexOf("init: switching off")).slice(0, 4096);
  for (const match of log.matchAll(/(user|below|deaf): (?:flushed|killed)/g)) ends.push(match[1]!);
  t.deepEqual(ends, ["deaf", "user", "below"]);
  t.is(count(log, "told: by account dev"), 3);
});

test("what fails while the system ends, or waits for its next start then, is not started again", async (t) => {
  const failing = "run(() => { log('up'); ready(); after(0.2e9, () => exit(1)); });";
  const deaf = `
    import { onTerminating } from "../../../sdk/runtime/supervisor.ts";
    run(() => { onTerminating(() => undefined); ready(); });`;
  const image = await systemWith([
    ["failing", failing, {}],
    ["deaf", deaf, { stopWithin: 5e9 }],
  ]);
  const guest = await SimGuest.boot({ ...image, options: "netd_wait=0" });
  await guest.login();
  const inPause = () => guest.machine.servers().get("failing") === undefined;
  await guest.machine.run(inPause, guest.machine.now + 10e9);
  t.true(inPause());
  guest.type("poweroff\n");
  t.is(await guest.machine.run(() => false, guest.machine.now + 20e9), "off");
  const memory = Buffer.from(guest.machine.nucleus.bytes());
  const log = memory.toString("latin1", memory.indexOf("init: switching off")).slice(0, 4096);
  t.is(count(log, "failing: up"), 0, log);
});

test("a server whose needed server is held waits for it and starts with it", async (t) => {
  const broken = `run(() => { ready(); after(1e9, () => exit(1)); });`;
  const follower = `run(() => { ready(); after(1.05e9, () => exit(1)); });`;
  const image = await systemWith([
    [
      "shaky",
      broken,
      { restart: { when: "always", most: 1, window: 100e9 }, serves: { "/svc/shaky": Random } },
    ],
    ["follower", follower, { uses: ["/svc/shaky"], needs: ["/svc/shaky"] }],
  ]);
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(6e9);
  const log = await guest.command("log follower");
  t.regex(log, /follower: ended; it waits for shaky/);
  t.false(log.includes("restart in"));
  t.regex(await guest.command("services"), /\/svc\/shaky +shaky +held/);
  const starts = count(log, "follower: exited");
  await guest.command("clear shaky");
  await guest.pass(5e8);
  t.regex(await guest.command("ps"), /follower +running/);
  t.true(count(await guest.command("log follower"), "follower: exited") >= starts);
});
