// init dies at random moments between and within other events, again and again: 8 times in `npm test`, 200 times in `just soak`.
// Afterwards all run, init has the handles and the machine the free pages that it had.
import test from "ava";
import { standingServers } from "../../sdk/sim/testing/standing.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const size = process.env.LEIVOS_CAMPAIGN === "soak" ? 200 : 8;
const seed = Number(process.env.LEIVOS_SEED ?? 11);
/** Pages of slabs, partly used: whatever the number of deaths. */
const PARTLY = 8;
const system = await freshSystem();

/** Numbers below 2^31 (Lehmer's generator). */
function random(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/** What `ps` says of each: name, state and handles; without the counts of starts. */
async function level(guest: SimGuest): Promise<string[]> {
  await guest.command("1 + 1"); // `tape` starts when it is asked for
  const rows = (await guest.command("ps")).trim().split(/\r?\n/).slice(1);
  const cells = rows.map((row) => row.trim().split(/\s{2,}/));
  return cells.map((row) => [1, 2, 7].map((i) => row[i]).join(" ")).sort();
}

const victims = ["httpd", "netd", "random", "virtio-net", "pci", "i8042"];

test.serial(`${size} deaths of init at random moments leave everything as it was`, async (t) => {
  t.timeout(size > 8 ? 1_200_000 : 600_000);
  const below = random(seed);
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  const name = () => victims[below(victims.length)] as string;
  const events = [
    () => `kill ${name()}`,
    () => `restart ${name()}`,
    () => "ping 10.0.2.2 1",
    () => "services",
    () => "caps netd",
    () => "audit",
    () => "why",
  ];
  const clear = async () => {
    for (const victim of victims) await guest.command(`clear ${victim}`);
  };
  const round = async (event: string) => {
    guest.type(`${event}\n`);
    await guest.pass(below(60) * 1e6 + below(1000) * 1e3);
    guest.machine.servers().get("init")?.crash();
    await guest.expect(/leivos\$ $/);
    await guest.pass(12e9); // deaths closer together are a matter of policy
    await clear();
    t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  };
  // init has rings for as many channels as a run had at once, and those of each server's last end: both runs of each are quiet ones.
  const quiet = async () => {
    for (const victim of [...victims, ...victims]) {
      await guest.command(`kill ${victim}`);
      await guest.pass(2e9);
      await clear();
    }
    await guest.pass(12e9);
  };
  await guest.command("1 + 1"); // no other event gives the console more channels than pings with `tape`
  for (let i = 0; i < 3; i++) await round("ping 10.0.2.2 1");
  await quiet();
  const before = await level(guest);
  const pages = guest.machine.nucleus.freePages();
  for (let i = 0; i < size; i++) await round(events[below(events.length)]!());
  await quiet();
  t.deepEqual(await level(guest), before);
  const lost = pages - guest.machine.nucleus.freePages();
  t.true(Math.abs(lost) <= PARTLY, `${lost} pages fewer`);
  for (const each of standingServers(system))
    t.true(
      before.some((row) => row.startsWith(`${each} running`)),
      each,
    );
  t.log(`seed ${seed}, ${lost} pages fewer`);
});
