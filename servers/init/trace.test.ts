// Requests followed through several servers of a whole system on the simulated nucleus, several at once.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { Random } from "../random/contract.ts";

const system = await freshSystem();

const imports = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { serve } from "../../../sdk/runtime/serve.ts";
  import { sleep } from "../../../sdk/runtime/timers.ts";
  import { Random } from "../../../servers/random/contract.ts";
  import { Session } from "../../../servers/init/contract.ts";`;

/** Answers after a timer and, when it has one, after two calls of the next server, at once. */
const link = (own: string, next: string) => `${imports}
  run(async () => {
    const next = ${next === "" ? "undefined" : `await connect(Random, "${next}")`};
    serve("${own}", Random, { bytes: async ({ count }) => {
      await sleep(1e6 * (count % 3));
      if (next !== undefined) await Promise.all([next.bytes({ count: count + 100 }), next.bytes({ count: count + 200 })]);
      return { bytes: new Uint8Array(count % 7) };
    } });
    ready();
  });`;

/** Calls \`front\` four times at once, twice; with a trace the second time. */
const CLIENT = `${imports}
  run(async () => {
    ready();
    const init = await connect(Session, "/svc/session");
    const front = await connect(Random, "/svc/front");
    const round = () => Promise.all([1, 2, 3, 4].map((count) => front.bytes({ count })));
    await round();
    log("trace: " + ((await init.trace({ wanted: "random.bytes", time: 1e9 })).sentence ?? "begun"));
    log("again: " + (await init.trace({ wanted: "random", time: 1e9 })).sentence);
    log("odd: " + (await init.trace({ wanted: "a b", time: 1e9 })).sentence);
    await sleep(1e8);
    await round();
    await sleep(2e9);
    await round();
    for (let from = 0, more = true; more; ) {
      const page = await init.traced({ from });
      for (const s of page.steps)
        log("step " + [s.trace, s.server, s.step, s.peer, s.contract + "." + s.method, s.text].join(" | "));
      from += page.steps.length;
      more = page.more;
      if (!more) log("running " + page.running + ", lost " + page.lost);
    }
  });`;

test("each request has the steps that it caused, however many go on at once", async (t) => {
  const parts: [string, string, object][] = [
    ["back", link("/svc/back", ""), { serves: { "/svc/back": Random } }],
    [
      "front",
      link("/svc/front", "/svc/back"),
      { serves: { "/svc/front": Random }, uses: ["/svc/back"] },
    ],
    ["client", CLIENT, { uses: ["/svc/session", "/svc/front"], may: ["see", "manage"] }],
  ];
  let image = system;
  for (const [name, code, fields] of parts)
    image = await withServer(image, code, { name, ...fields });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(10e9);
  const log = await guest.command("log client");
  t.regex(log, /trace: begun/);
  t.regex(log, /again: another trace runs/);
  t.regex(log, /odd: `a b` is no contract/);
  t.regex(log, /running false, lost 0/);
  const requests = new Map<string, string[]>();
  for (const match of log.matchAll(/step (\d+) \| (.*?)\r?\n/g))
    requests.set(match[1]!, [...(requests.get(match[1]!) ?? []), match[2]!]);
  t.is(requests.size, 4, log);
  for (const steps of requests.values()) {
    const count = Number(/"count":(\d)\}/.exec(steps[0]!)?.[1]);
    const asked = (n: number) => `random.bytes | {"count":${n}}`;
    t.deepEqual([...steps].sort(), [
      `back | got call | front | ${asked(count + 100)}`,
      `back | got call | front | ${asked(count + 200)}`,
      "back | replies | front | random.bytes | (secret)",
      "back | replies | front | random.bytes | (secret)",
      `client | calls | /svc/front | ${asked(count)}`,
      "client | got reply | /svc/front | random.bytes | (secret)",
      `front | calls | /svc/back | ${asked(count + 100)}`,
      `front | calls | /svc/back | ${asked(count + 200)}`,
      `front | got call | client | ${asked(count)}`,
      "front | got reply | /svc/back | random.bytes | (secret)",
      "front | got reply | /svc/back | random.bytes | (secret)",
      "front | replies | client | random.bytes | (secret)",
    ]);
  }
});
