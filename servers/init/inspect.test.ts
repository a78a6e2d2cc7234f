// What servers wait for, asked of a whole system on the simulated nucleus: a call, a start that is waited for, a hang.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { Random } from "../random/contract.ts";

const system = await freshSystem();

/** Serves a name with calls that never end, and calls another. */
const partner = (own: string, other: string) => `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { serve } from "../../../sdk/runtime/serve.ts";
  import { Random } from "../../../servers/random/contract.ts";
  run(() => {
    serve("${own}", Random, { bytes: () => new Promise(() => {}) });
    ready();
    after(1e8, async () => { await (await connect(Random, "${other}")).bytes({ count: 1 }); });
  });`;

const ASKER = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Session } from "../../../servers/init/contract.ts";
  run(async () => {
    ready();
    after(2e9, async () => {
      const init = await connect(Session, "/svc/session");
      for (const server of ["one", "two", "late", "deaf", "none"]) {
        const { sentence, state, answers, calls } = await init.waits({ server });
        if (sentence !== undefined) { log(server + ": " + sentence); continue; }
        const list = calls.map((c) => c.contract + "." + c.method + "@" + c.service).join();
        log(server + " is " + state + ", answers " + answers + ": " + list);
      }
    });
  });`;

test("each says what it waits for; whoever hangs is said not to answer", async (t) => {
  const serves = (name: `/svc/${string}`) => ({ serves: { [name]: Random } });
  const parts: [string, string, object][] = [
    ["one", partner("/svc/one", "/svc/two"), { ...serves("/svc/one"), uses: ["/svc/two"] }],
    ["two", partner("/svc/two", "/svc/random"), { ...serves("/svc/two"), uses: ["/svc/random"] }],
    [
      "slow",
      "run(() => { after(60e9, () => {}); });",
      { ...serves("/svc/slow"), startWithin: 60e9 },
    ],
    ["late", partner("/svc/late", "/svc/slow"), { ...serves("/svc/late"), uses: ["/svc/slow"] }],
    ["deaf", "run(() => { ready(); after(1e9, () => { uusi.turn = () => {}; }); });", {}],
    ["asker", ASKER, { uses: ["/svc/session"], may: ["see"] }],
  ];
  let image = system;
  for (const [name, code, fields] of parts)
    image = await withServer(image, code, { name, ...fields });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(4e9);
  const log = await guest.command("log asker");
  t.regex(log, /one is running, answers true: random\.bytes@\/svc\/two\r?\n/);
  t.regex(log, /two is running, answers true: \r?\n/);
  t.regex(log, /late is running, answers true: bootstrap\.open@\/svc\/slow\r?\n/);
  t.regex(log, /deaf is running, answers false: \r?\n/);
  t.regex(log, /none: there is no server none/);
});
