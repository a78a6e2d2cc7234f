// Safe mode and the end of init itself, in a whole system in virtual time.
import test from "ava";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { Random } from "../random/contract.ts";
import { failed, forgetFailures, MOST, type SafeMode, WINDOW } from "./safe-mode.ts";

const system = await freshSystem();
const BROKEN = "run(() => { ready(); after(1e6, () => exit(1)); });";

test("so many failures within the window, and no fewer", (t) => {
  const mode: SafeMode = { on: false, failures: [] };
  for (let i = 0; i < MOST - 1; i += 1) t.false(failed(mode, "a", i));
  t.false(failed(mode, "a", WINDOW), "the first is too long ago");
  t.true(failed(mode, "b", WINDOW));
  for (let i = 0; i < 100; i += 1) t.false(failed(mode, "a", (i + 3) * WINDOW));
});

test("a server whose history was cleared counts no more, the others do", (t) => {
  const mode: SafeMode = { on: false, failures: [] };
  for (let i = 0; i < MOST - 1; i += 1) failed(mode, i % 2 === 0 ? "a" : "b", i);
  forgetFailures(mode, "a");
  t.deepEqual([...new Set(mode.failures.map(({ server }) => server))], ["b"]);
  const left = mode.failures.length;
  for (let i = left; i < MOST - 1; i += 1) t.false(failed(mode, "c", MOST + i));
  t.true(failed(mode, "c", 2 * MOST));
});

test("kills whose histories are cleared never make safe mode, at any pace; others do", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const crash = async (name: string) => {
    guest.machine.servers().get(name)?.crash();
    await guest.pass(0.1e9);
  };
  for (let i = 0; i < 3 * MOST; i += 1) {
    const name = i % 2 === 0 ? "netd" : "random";
    await crash(name);
    await guest.command(`clear ${name}`);
  }
  t.false((await guest.command("log init")).includes("SAFE MODE"));
  for (let i = 0; i < 80; i += 1) await crash(["netd", "random", "pci", "virtio-net"][i % 4]!);
  t.regex(await guest.command("log init"), /SAFE MODE: servers failed 15 times in 10 s/);
});

/** The system with `count` servers that fail in a circle, and one that uses them all. */
async function withBroken(count: number, used: boolean) {
  let image = system;
  const uses: `/svc/${string}`[] = [];
  for (let i = 0; i < count; i += 1) {
    uses.push(`/svc/broken${i}`);
    const fields = { name: `broken${i}`, serves: { [`/svc/broken${i}`]: Random } };
    image = await withServer(image, BROKEN, fields);
  }
  const idle = { name: "idle", uses: used ? uses : [] };
  return withServer(image, "run(() => { ready(); });", idle);
}

test("three used servers that fail in circles: safe mode; console, log and restart work", async (t) => {
  const guest = await SimGuest.boot({ ...(await withBroken(3, true)) });
  await guest.login();
  await guest.pass(10e9);
  const log = await guest.command("log init");
  t.regex(log, /init: SAFE MODE: servers failed 15 times in 10 s; without idle, .*netd/);
  t.is(log.split("SAFE MODE").length, 2, "once");
  const before = await guest.command("ps");
  for (const name of ["netd", "virtio-net", "idle", "broken0"])
    t.false(before.includes(name), name);
  for (const name of ["console", "i8042", "random"]) t.regex(before, new RegExp(name), name);
  await guest.pass(120e9);
  t.is(await guest.command("ps").then((text) => text.includes("broken")), false, "for good");
  await guest.command("restart virtio-net");
  await guest.command("restart netd");
  await guest.pass(5e9);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
});

test("two of them, or three that nobody uses, do not bring it about", async (t) => {
  for (const image of [await withBroken(2, true), await withBroken(4, false)]) {
    const guest = await SimGuest.boot(image);
    await guest.login();
    await guest.pass(60e9);
    t.false((await guest.command("log init")).includes("SAFE MODE"));
    t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  }
});

test("a start that fails counts once: two servers whose code is not there do not bring it about", async (t) => {
  const { bundles, ...image } = await withBroken(2, true);
  const { broken0, broken1, ...rest } = bundles;
  t.truthy(broken0 && broken1);
  const guest = await SimGuest.boot({ ...image, bundles: rest });
  await guest.login();
  await guest.pass(9e9);
  t.regex(await guest.command("log broken1"), /broken1: .*; 5 restarts in 10 s, next try in 30 s/);
  t.false((await guest.command("log init")).includes("SAFE MODE"));
});

test("safe=1 boots into it without waiting for the network", async (t) => {
  const guest = await SimGuest.boot({ ...system, options: "safe=1" });
  await guest.login();
  t.true(guest.machine.now < 1.5e9);
  t.regex(
    await guest.command("log init"),
    /SAFE MODE: the boot options say safe=1; without [a-z0-9, -]*netd/,
  );
  t.regex(await guest.command("services"), /\/svc\/net +netd +stopped/);
});

test("an init that ends three times in 10 s is a panic that says so, behind its last words", async (t) => {
  const init = await serverScript("run(() => { after(1e9, () => { throw new Error('odd'); }); });");
  const guest = await SimGuest.boot({ ...system, bundles: { ...system.bundles, init } });
  t.is(await guest.machine.run(() => false, 5e9), "panic");
  t.regex(guest.text, /init: uncaught: Error: odd at .*main\.ts:\d+/);
  t.is(
    guest.text.match(/^init: ended \(reason 0, code 70\), begins anew on its vault$/gm)?.length,
    3,
  );
  t.regex(guest.text, /PANIC: .*the first process ended three times in 10 s/);
});
