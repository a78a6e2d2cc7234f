// Campaigns with a seed: damaged frames on the wire, and servers killed at any moment. `just soak` takes the large size.
import test from "ava";
import { freshSystem, SimGuest } from "./testing/sim-guest.ts";
import { standingServers } from "./testing/standing.ts";
import type { Gateway } from "./wire/gateway.ts";

const system = await freshSystem();
const large = process.env.LEIVOS_CAMPAIGN === "soak";
const SEED = Number(process.env.LEIVOS_SEED ?? 1);

/** Numbers from 0 to n - 1 that follow from the seed (mulberry32). */
function dice(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) % n;
  };
}

/** A frame that was on the wire, damaged: bits flipped, cut, lengthened, or parts of it repeated. */
function damaged(frame: Uint8Array, roll: (n: number) => number): Uint8Array {
  const copy = frame.slice();
  const kind = roll(4);
  if (kind === 0) return copy.subarray(0, roll(copy.length));
  if (kind === 1) {
    const longer = new Uint8Array(Math.min(1514, copy.length + roll(1400)));
    longer.set(copy);
    return longer;
  }
  for (let flips = 1 + roll(kind === 2 ? 3 : 20); flips > 0; flips--) {
    const at = 12 + roll(copy.length - 12);
    copy[at] = (copy[at] as number) ^ (1 << roll(8));
  }
  return copy;
}

test(`${large ? 50_000 : 3_000} damaged frames of every kind disturb nobody (seed ${SEED})`, async (t) => {
  const guest = await SimGuest.boot({ ...system });
  await guest.login();
  await guest.command("ping 10.0.2.2 2");
  const gateway = guest.machine.board.gateway as Gateway;
  gateway.ping(1);
  await guest.pass(1e8);
  const known = gateway.capture.filter(({ sent }) => !sent).map(({ frame }) => frame);
  const roll = dice(SEED);
  for (let i = 0; i < (large ? 50_000 : 3_000); i++) {
    gateway.inject(damaged(known[roll(known.length)] as Uint8Array, roll));
    if (i % 20 === 0) await guest.pass(2_000_000);
  }
  await guest.pass(5e9);
  t.regex(await guest.command("ping 10.0.2.2 2"), /2 sent, 2 received/);
  for (const row of (await guest.command("ps")).trim().split(/\r?\n/).slice(1)) {
    t.regex(row, /running .* 1\s*$/, "nobody was restarted");
  }
});

test(`${large ? 400 : 40} kills of any server at any moment (seed ${SEED})`, async (t) => {
  const guest = await SimGuest.boot({ ...system, cpus: 3 });
  await guest.login();
  const names = standingServers(system).filter((name) => name !== "console");
  const clear = async () => {
    for (const name of names) await guest.command(`clear ${name}`);
  };
  /** Everybody up, history forgotten, and time to come to rest: pages of the slab heap, and those that are free or in it. */
  const rest = async () => {
    await guest.pass(40e9);
    await clear();
    await guest.command("ping 10.0.2.2 1");
    await guest.pass(5e9);
    const free = guest.machine.nucleus.freePages();
    const slab = guest.machine.nucleus.slabPages();
    return { slab, freeOrSlab: free + slab };
  };
  for (const name of names) await guest.command(`kill ${name}`);
  const before = await rest();
  const roll = dice(SEED);
  for (let i = 0; i < (large ? 400 : 40); i++) {
    await guest.command(`kill ${names[roll(names.length)]}`);
    await guest.pass(roll(4) === 0 ? roll(400_000_000) : roll(3_000_000));
    if (i % 4 === 3) await clear();
  }
  await clear();
  const after = await rest();
  t.regex(await guest.command("ping 10.0.2.2 2"), /2 sent, 2 received/);
  const rows = (await guest.command("ps")).trim().split(/\r?\n/).slice(1);
  t.is(rows.length, names.length + 2);
  for (const row of rows) t.regex(row, /running/);
  t.is(after.freeOrSlab, before.freeOrSlab, "whatever is no small block");
  t.true(after.slab <= before.slab + 1, `${before.slab} pages of the slab heap, now ${after.slab}`);
});
