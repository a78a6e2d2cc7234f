// netd with its card, supervisor and shell on the simulated nucleus, in virtual time: a lease's life, restarts, malformed frames.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { defaultLease, type Gateway } from "../../sdk/sim/wire/gateway.ts";
import { endsAtCard, malformed } from "./testing/malformed.ts";

const SECOND = 1e9;
const system = await freshSystem();

async function loggedIn(duration = 86_400): Promise<{ guest: SimGuest; gateway: Gateway }> {
  const lease = { ...defaultLease, duration };
  const guest = await SimGuest.boot({ ...system, board: { lease } });
  const { gateway } = guest.machine.board;
  if (gateway === undefined) throw new Error("the machine has no card");
  await guest.login();
  return { guest, gateway };
}

/** IPv4 destinations and DHCP types of the guest's DHCP messages since a frame. */
function messages(gateway: Gateway, from: number): string[] {
  const kinds: string[] = [];
  for (const { sent, frame } of gateway.capture.slice(from)) {
    if (!sent || frame[12] !== 8 || frame[13] !== 0 || frame[23] !== 17) continue;
    if (frame[36] !== 0 || frame[37] !== 67) continue;
    kinds.push(`${[...frame.slice(30, 34)].join(".")} type ${frame[14 + 20 + 8 + 242]}`);
  }
  return kinds;
}

test("each malformed frame is counted under its code, and the guest answers afterwards", async (t) => {
  const { guest, gateway } = await loggedIn();
  const expected: { [code: string]: number } = {};
  for (const [frame, code] of Object.values(malformed)) {
    gateway.inject(frame);
    if (endsAtCard.has(code)) continue;
    expected[code] = (expected[code] ?? 0) + 1;
  }
  await guest.pass(SECOND);
  const counted: { [code: string]: number } = {};
  const state = await guest.command("ip");
  for (const [, code, count] of state.replaceAll("\r", "").matchAll(/^refused +(\S+) +(\d+)$/gm)) {
    counted[code] = Number(count);
  }
  t.deepEqual(counted, expected);
  gateway.ping(1);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  t.deepEqual(gateway.echoed, [1]);
});

test("a lease is renewed by its server, rebound with anybody, lost at its end, and taken again", async (t) => {
  const { guest, gateway } = await loggedIn(600);
  let from = gateway.capture.length;
  await guest.pass(301 * SECOND);
  t.deepEqual(messages(gateway, from), ["10.0.2.2 type 3"]);
  const answer = gateway.dhcp.answer;
  gateway.dhcp.answer = () => undefined;
  from = gateway.capture.length;
  // After the renewal T1 comes at 294 to 300 s, T2 at 514 to 525 s, the end at 600 s.
  await guest.pass(505 * SECOND);
  const unicast = messages(gateway, from);
  t.true(unicast.length >= 3 && unicast.every((kind) => kind === "10.0.2.2 type 3"), `${unicast}`);
  from = gateway.capture.length;
  await guest.pass(70 * SECOND);
  const rebinding = messages(gateway, from);
  t.true(rebinding.length > 0, `${rebinding}`);
  t.true(rebinding.every((kind) => kind === "255.255.255.255 type 3"));
  t.regex(await guest.command("ip"), /address +10\.0\.2\.15/);
  await guest.pass(30 * SECOND);
  t.regex(await guest.command("ip"), /address +none/);
  t.regex(await guest.command("log netd"), /given up: expired/);
  gateway.dhcp.answer = answer;
  await guest.pass(70 * SECOND);
  t.regex(await guest.command("ip"), /address +10\.0\.2\.15/);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
});

test("the card's driver restarts, netd restarts: the lease stays", async (t) => {
  const { guest, gateway } = await loggedIn();
  await guest.command("kill virtio-net");
  await guest.pass(2 * SECOND);
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  t.notRegex(await guest.command("log netd"), /given up|link down/);
  t.is(gateway.dhcp.requests, 1);
  for (let round = 0; round < 3; round++) {
    await guest.command("kill netd");
    await guest.pass(11 * SECOND);
    t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
    t.is(gateway.dhcp.requests, 1);
  }
  // Who dies twice so soon after it was given what was kept begins without it.
  for (let round = 0; round < 3; round++) {
    await guest.command("kill netd");
    await guest.pass(2 * SECOND);
  }
  t.regex(await guest.command("ping 10.0.2.2 1"), /1 sent, 1 received/);
  t.is(gateway.dhcp.requests, 2);
});
