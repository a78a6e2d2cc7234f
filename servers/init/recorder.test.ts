// Heads of messages: pages of any content, and those that a server which faults leaves behind on the simulated nucleus.
import test from "ava";
import fc from "fast-check";
import { fnv1a } from "../../sdk/contract/fnv.ts";
import { RECEIVED, recorderPage } from "../../sdk/runtime/recorder-page.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { recordedPiece } from "./recorder.ts";

const system = await freshSystem();

test("any page gives at most as many entries as it holds, piece by piece", (t) => {
  const page = fc.uint8Array({ minLength: 4096, maxLength: 4096 });
  fc.assert(
    fc.property(page, (bytes) => {
      let count = 0;
      for (let from = 0, more = true; more; ) {
        const piece = recordedPiece(bytes, from);
        for (const { time } of piece.messages) t.true(time >= 0 && time <= 2 ** 63);
        count += piece.messages.length;
        from += piece.messages.length;
        ({ more } = piece);
      }
      t.true(count <= recorderPage.ENTRIES);
    }),
    { numRuns: 50 },
  );
  t.deepEqual(recordedPiece(undefined, 0).messages, []);
});

const FAULTY = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Random } from "../../../servers/random/contract.ts";
  run(async () => {
    const random = await connect(Random, "/svc/random");
    ready();
    for (let i = 0; i < 150; i++) await random.bytes({ count: 8 });
    uusi.set32(0x123456789000, 1);
  });`;

const ASKER = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    after(3e9, async () => {
      const init = await connect(Session, "/svc/session");
      for (let from = 0, more = true; more; ) {
        const page = await init.messages({ server: "faulty", ended: true, from });
        for (const m of page.messages) log("head " + [m.kind, m.word, m.bytes, m.cookie, m.time].join(" "));
        from += page.messages.length;
        more = page.more;
        if (!more) log("total " + from);
      }
      const live = await init.messages({ server: "asker", ended: false, from: 0 });
      log("live " + (live.messages.length > 0) + " " + (live.turn > 0));
    });
  });`;

test("of a server that faulted, the last 127 heads: calls and their replies", async (t) => {
  let image = await withServer(system, FAULTY, {
    name: "faulty",
    uses: ["/svc/random"],
    restart: { when: "never" },
  });
  image = await withServer(image, ASKER, { name: "asker", uses: ["/svc/session"], may: ["see"] });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(6e9);
  const log = await guest.command("log asker");
  const heads = [...log.matchAll(/head (\d+) (\d+) (\d+) (\d+) (\d+)/g)].map((match) =>
    match.slice(1).map(Number),
  );
  t.regex(log, /total 127/);
  t.is(heads.length, 127);
  const [call, reply] = [2, RECEIVED + 3];
  t.deepEqual(heads.at(-1)!.slice(0, 3), [reply, 0, 4 + 2 + 8]);
  t.deepEqual(heads.at(-2)!.slice(0, 3), [call, fnv1a("bytes"), 6]);
  t.is(heads.at(-1)![3], heads.at(-2)![3], "by its cookie");
  for (let i = 1; i < heads.length; i++) t.true(heads[i]![4]! >= heads[i - 1]![4]!);
  t.regex(log, /live true false/);
});
