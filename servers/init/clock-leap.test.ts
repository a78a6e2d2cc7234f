// The machine's counter jumps by days and years, as that of a machine that was suspended or goes on elsewhere: nobody dies of it, timers go
// on, and what init has written down can be read by the next one, beyond 2^53 ns since boot, too.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const DAY = 86_400e9;
const YEAR = 365 * DAY;

for (const [what, ...leaps] of [
  ["a day, again and again", DAY, DAY, DAY],
  ["beyond 2^53 ns", 100 * DAY, 10 * DAY, 1],
  ["ten years and two centuries", 10 * YEAR, 200 * YEAR],
] as const) {
  test(`the clock leaps: ${what}`, async (t) => {
    const guest = await SimGuest.boot({ ...(await freshSystem()), seed: 3 });
    await guest.login();
    await guest.pass(12e9);
    for (const leap of leaps) {
      const before = await guest.command("log");
      guest.machine.leap(leap);
      await guest.pass(30e9);
      const after = await guest.command("log");
      t.true(after.startsWith(before));
      t.notRegex(after.slice(before.length), /killed|uncaught|fault|ended/, `after ${leap}`);
      const rows = await guest.command("ps");
      for (const name of ["init", "console", "netd", "pci", "random"])
        t.regex(rows, new RegExp(`\\b${name} `), name);
      // a server is killed and comes again by init's timer
      await guest.command("kill random");
      await guest.pass(2e9);
      t.regex(await guest.command("log random"), /random: killed: by/);
      t.regex(await guest.command("ps"), /\brandom +running/);
      // so does init, from what it has written down
      guest.machine.servers().get("init")?.crash();
      await guest.pass(20e9);
      t.regex(await guest.command("log init"), /goes on with \d+ running servers/);
      t.regex(await guest.command("ps"), /\brandom +running/);
    }
  });
}
