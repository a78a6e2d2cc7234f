// The death of init, on the simulated nucleus: the next one goes on with the vault and what was kept, and nobody else notices.
import test from "ava";
import { controls, firstHandles, syscalls } from "../../sdk/abi/table.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const number = (wanted: string) => syscalls.find(([name]) => name === wanted)![1];

const system = await freshSystem();

/** What `ps` says of all but init: name, state, handles, starts. */
async function others(guest: SimGuest): Promise<string[]> {
  const rows = (await guest.command("ps")).trim().split(/\r?\n/).slice(1);
  const cells = rows.map((row) => row.trim().split(/\s{2,}/));
  return cells
    .filter(([, name]) => name !== "init")
    .map((row) => [1, 2, 7, 9].map((i) => row[i]).join(" "));
}

const handlesOf = async (guest: SimGuest) =>
  /^ *\d+ +init .* (\d+) +\d+ +\d+\r?$/m.exec(await guest.command("ps"))?.[1];

const crash = (guest: SimGuest) => guest.machine.servers().get("init")?.crash();

test("sessions, servers, names and connections go on; init has the handles that it had", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  await guest.pass(2e9);
  const before = await others(guest);
  const handles = await handlesOf(guest);
  crash(guest);
  t.regex(await guest.command("uptime"), /up/);
  await guest.pass(0.1e9); // hot channels are made anew
  t.deepEqual(await others(guest), before);
  t.is(await handlesOf(guest), handles);
  t.regex(await guest.command("log"), /^init: goes on with \d+ running servers\r?$/m);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  t.regex(await guest.command("services"), /\/svc\/net +netd +running/);
  // what the second had and did not know of is closed by the third
  await guest.pass(12e9); // deaths closer together are a matter of policy
  crash(guest);
  await guest.pass(1e9);
  t.is(await handlesOf(guest), handles);
});

test("nothing but the report is left of a server that has ended when init dies, too", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  await guest.command("kill httpd");
  await guest.pass(5e9);
  const [handles, pages] = [await handlesOf(guest), guest.machine.nucleus.freePages()];
  guest.machine.servers().get("httpd")?.crash();
  await guest.pass(1e6);
  crash(guest); // the restart is on its way
  await guest.pass(5e9);
  t.is(await handlesOf(guest), handles);
  const lost = pages - guest.machine.nucleus.freePages();
  t.true(Math.abs(lost) <= 8, `${lost} pages`); // the stack has 64
  t.true((await others(guest)).some((row) => /^httpd running \d+ 3$/.test(row)));
});

test("`kill` and `restart` go on, and so does the supervision of what dies later", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  await guest.command("kill httpd");
  crash(guest); // the restart is on its way
  await guest.pass(3e9);
  t.true((await others(guest)).some((row) => /^httpd running \d+ 2$/.test(row)));
  guest.machine.servers().get("netd")?.crash();
  await guest.pass(3e9);
  t.true((await others(guest)).some((row) => /^netd running \d+ 2$/.test(row)));
  await guest.command("restart random");
  await guest.pass(3e9);
  t.true((await others(guest)).some((row) => /^random running \d+ 2$/.test(row)));
});

test("a server that died while init was away is found dead", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const all = guest.machine.servers();
  all.get("init")?.crash();
  all.get("netd")?.crash();
  await guest.pass(5e9);
  t.true((await others(guest)).some((row) => /^netd running \d+ 2$/.test(row)));
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
});

test("a second death within 10 s starts all servers afresh, the third is a panic", async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  await guest.pass(11e9);
  crash(guest);
  await guest.pass(1e9);
  crash(guest);
  await guest.login();
  t.regex(
    await guest.command("log"),
    /^init: died of what it went on with: all servers start afresh\r?$/m,
  );
  t.true((await others(guest)).some((row) => /^netd running \d+ 1$/.test(row)));
  crash(guest);
  t.is(await guest.machine.run(() => false, guest.machine.now + 1e9), "panic");
});

test("at whatever moment of the boot init dies, the system comes to its login", async (t) => {
  for (const moment of [1e6, 40e6, 90e6, 150e6, 230e6, 400e6]) {
    const guest = await SimGuest.boot({ ...system });
    await guest.pass(moment);
    crash(guest);
    await guest.login();
    await guest.pass(3e9);
    const all = (await others(guest)).map((row) => row.split(" ").slice(0, 2).join(" "));
    for (const name of ["pci", "virtio-net", "netd", "console", "random"])
      t.true(all.includes(`${name} running`), `${name} after a death at ${moment / 1e6} ms`);
  }
});

/** An init of its own in the place of the system's. */
async function another(code: string): Promise<SimGuest> {
  return SimGuest.boot({
    ...system,
    bundles: { ...system.bundles, init: await serverScript(code) },
  });
}

test("an init that hangs is ended: in a loop by its engine, otherwise by the nucleus after 20 s", async (t) => {
  const silent = await another(
    `run((start) => void uusi.sys(${number("system_control")}, start.first[${firstHandles.SYSTEM}]!, ${controls.ALIVE}, 20e9));`,
  );
  await silent.pass(50e9);
  const ended = /^init: ended \(reason 1, code 4294967286\), begins anew on its vault$/gm;
  t.is(silent.text.match(ended)?.length, 2);
  const looping = await another("run(() => { after(20e9, () => { for (;;); }); });");
  await looping.pass(30e9);
  t.regex(looping.text, /init: turn took more than 2 s of processor time/);
  t.is(looping.text.match(/^init: ended \(reason 0, code 71\), begins anew/gm)?.length, 1);
});
