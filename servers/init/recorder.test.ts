// Heads of messages that servers leave behind on the simulated nucleus (ci/e2e/faulty-servers.test.ts: on the nucleus).
import test from "ava";
import { fnv1a } from "../../sdk/contract/fnv.ts";
import { RECEIVED, recorderPage } from "../../sdk/runtime/recorder-page.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { TALKER, talkerFault } from "./testing/talker.ts";

const system = await freshSystem();

/** Has 300 channels to itself, and sends on each of them, twice on the first. */
const CROWD = `
  import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
  const ends = [];
  const say = (end) => end.send(end.begin(0).start, false, undefined);
  run(() => {
    for (let i = 0; i < 300; i++) {
      const pair = Endpoint.pair();
      ends.push(new Endpoint(pair.near));
      new Endpoint(pair.far);
    }
    ready();
    after(1e9, () => ends.forEach(say));
    after(2e9, () => uusi.set32(0x123456789000, 1));
  });`;

/** Asks for the heads of that server's last run, or of the present one. */
const asker = (server: string, ended: boolean) => `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    after(4e9, async () => {
      const init = await connect(Session, "/svc/session");
      for (const [call, field] of [["messages", "messages"], ["channels", "channels"]]) {
        let all = [];
        for (let more = true; more; ) {
          const page = await init[call]({ server: "${server}", ended: ${ended}, from: all.length });
          all = all.concat(page[field]);
          more = page.more;
          if (!more && call === "channels") log("given " + page.given);
        }
        for (let at = 0; at < all.length; at += 8)
          log(call + " " + JSON.stringify(all.slice(at, at + 8).map((each) => Object.values(each))));
        log(call + " in all " + all.length);
      }
      const live = await init.messages({ server: "asker", ended: false, from: 0 });
      log("live " + (live.messages.length > 0) + " " + (live.turn > 0));
    });
  });`;

async function asked(code: string, ended = true): Promise<string> {
  let image = await withServer(system, code, {
    name: "faulty",
    uses: ["/svc/random"],
    restart: { when: "never" },
  });
  image = await withServer(image, asker("faulty", ended), {
    name: "asker",
    uses: ["/svc/session"],
    may: ["see"],
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(8e9);
  return guest.command("log asker");
}

const rows = (log: string, call: string): number[][] =>
  [...log.matchAll(new RegExp(`${call} (\\[\\[.*\\])`, "g"))].flatMap((match) =>
    JSON.parse(match[1]!),
  );

test("a quiet channel's 64 heads are there after 10,000 messages on a busy one", async (t) => {
  const log = await asked(TALKER);
  const messages = rows(log, "messages").map(
    ([time, kind, _handles, bytes, _channel, word, _status, cookie, _trace, slot]) =>
      ({ time, kind, bytes, word, cookie, slot }) as Record<string, number>,
  );
  const channels = rows(log, "channels").map(([slot, handle, count]) => ({ slot, handle, count }));
  const kinds = { call: 2, reply: RECEIVED + 3, method: fnv1a("bytes") };
  t.is(talkerFault(messages as never, channels as never, kinds), "", log);
  t.regex(log, /given 0/);
  t.regex(log, /live true false/);
});

test("of more channels than there are rings, who had to give its ring away is told", async (t) => {
  const log = await asked(CROWD);
  const channels = rows(log, "channels");
  t.true(channels.length >= recorderPage.MOST - 1, "all but that of no known channel");
  // the first have their own, whatever the others say
  for (let slot = 1; slot < recorderPage.MOST / 2; slot++)
    t.is(channels.find((each) => each[0] === slot)?.[3], 0, `${slot}`);
  const given = Number(/given (\d+)/.exec(log)![1]);
  t.true(given > 0 && channels.some((each) => each[3]! > recorderPage.MOST / 2));
});
