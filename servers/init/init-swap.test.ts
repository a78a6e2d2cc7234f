// init is swapped while everything runs, on the simulated nucleus: by good code, by bad code, and back.
import { createHash } from "node:crypto";
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { hostLines } from "./testing/swap-scene.ts";

const { bundles, config } = await freshSystem();
const OLD = bundles["init"] as string;
const SENTENCE = "nobody serves ";

/** Without kernels no network starts, so that what the host says stays in the log; of its drivers one is enough: too many that fail are safe mode's. */
const servers = config.servers.filter(({ name }) => name !== "e1000e");

/** init whose refusal of an unknown name reads differently. */
const saying = (word: string) => OLD.replaceAll(SENTENCE, `${word} serves `);

/** The whole system and a host that pushes versions of init; `sentence()` is the running one's. */
async function scene(codes: Record<string, string>, body: string): Promise<SimGuest> {
  const code = pushingHost(
    "init",
    codes,
    `
    const sentence = async () => {
      const refused = await connect(Session, "/svc/absent");
      return refused instanceof Failure ? refused.sentence.split(" serves")[0] : "?";
    };
    const rows = async () => {
      const all = await session.processes({ from: 0 });
      if (all instanceof Failure) return all.sentence;
      return all.processes.filter(({ name }) => name !== "init").map(({ id, name, starts }) => name + id + "/" + starts).join();
    };
    void [sentence, rows];
    ${body}`,
    `import { Random } from "../../../servers/random/contract.ts";`,
  );
  const script = await serverScript(code);
  const digest = createHash("sha256").update(script).digest("hex");
  const manifest = packManifest({
    name: "host",
    uses: ["/svc/session", "/svc/random", "/svc/absent"],
    may: ["see", "manage", "log"],
    budget: 48 << 20,
  });
  const host = { name: "host", bundle: "bundle/host", digest, scriptDigest: digest, manifest };
  return SimGuest.boot({
    bundles: { ...bundles, host: script },
    config: { ...config, servers: [...servers, host] },
  });
}

test("new code of init takes over all; servers, names and sessions go on", async (t) => {
  const guest = await scene(
    { two: saying("no one"), three: saying("none") },
    `
    await sleep(3e9);
    const before = await rows();
    say(await sentence());
    say((await swap("two")).replace(/[\\d.]+ ms/g, "N ms").replace(/\\d+ streams/, "N streams"));
    say(await sentence());
    say(String((await rows()) === before));
    say((await swap("three")).slice(0, 12));
    say(await sentence());
    await session.restart({ server: "httpd" });
    await sleep(2e9);
    const again = await session.processes({ from: 0 });
    if (!(again instanceof Failure)) say(again.processes.find(({ name }) => name === "httpd")?.starts + " starts");
    say((await rollback()).slice(0, 12));
    say(await sentence());
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "nobody",
    "swapped init N ms (paused N ms, N streams kept)",
    "no one",
    "true",
    "swapped init",
    "none",
    "2 starts",
    "swapped init",
    "no one",
  ]);
});

/** Versions that can't take over: what is wrong, and how the line ends. */
const bad: { readonly [name: string]: readonly [string, RegExp] } = {
  throws: [`throw new Error("no good"); ${OLD}`, /no good/],
  rejects: [
    OLD.replaceAll(/first: array\(handle\("any"\)\)/g, 'first: array(handle("memory"))'),
    /differs/,
  ],
  loops: [`for (;;); ${OLD}`, /more than 2 s|did not start within/],
  late: [
    OLD.replace("let begun = data.begun", "if (found) for (;;); let begun = data.begun"),
    /100 ms|2 s/,
  ],
  dies: [
    OLD.replace(
      "let begun = data.begun",
      'if (found) throw new Error("not here"); let begun = data.begun',
    ),
    /not here/,
  ],
};

test("bad code of init is refused with its reason, and the running one has all that it had", async (t) => {
  for (const [name, [script]] of Object.entries(bad)) t.not(script, OLD, name);
  const codes = Object.fromEntries(Object.entries(bad).map(([name, [script]]) => [name, script]));
  const guest = await scene(
    { ...codes, two: saying("no one") },
    `
    await sleep(3e9);
    const before = await rows();
    const handles = await held();
    // clients that come all the time: what they send to init is in its queues while its vault is away, and arrives when it is back
    let coming = true, came = 0;
    const failed: string[] = [];
    const come = async () => {
      for (; coming; came++) {
        const made = await connect(Random, "/svc/random");
        if (made instanceof Failure) failed.push(made.sentence);
        else made.close();
        await sleep(5e6);
      }
    };
    for (const name of ${JSON.stringify(Object.keys(bad))}) {
      const pushed = push(name);
      coming = true;
      came = 0;
      const all = [come(), come(), come()];
      say(name + ": " + (await swap(name, pushed)));
      coming = false;
      await Promise.all(all);
      if (came === 0) failed.push("none came");
      await sleep(100e6);
      say((await sentence()) + " " + ((await rows()) === before) + " " + ((await held()) - handles) + failed.join());
    }
    say((await swap("two")).slice(0, 12));
    say(await sentence());
    `,
  );
  const lines = await hostLines(guest);
  for (const [name, [, why]] of Object.entries(bad)) {
    const line = lines.shift() ?? "";
    t.true(line.startsWith(`${name}: refused init because `), line);
    t.regex(line, why);
    t.is(lines.shift(), "nobody true 0", name);
  }
  t.deepEqual(lines, ["swapped init", "no one"]);
});

test("after a swap the death of init brings the boot image's code back, with all that it takes up", async (t) => {
  const guest = await scene(
    { two: saying("no one") },
    `
    await sleep(3e9);
    say((await swap("two")).slice(0, 12));
    await sleep(1e9);
    const before = await rows();
    await session.kill({ server: "init" });
    await sleep(1e9);
    say(await sentence());
    say(String((await rows()) === before));
    say(await rollback());
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "swapped init",
    "nobody",
    "true",
    "failed: init was not swapped: there is nothing to go back to",
  ]);
});

/** Milliseconds of virtual time after the begin of the swap, and who dies then: the init that gives away, or the one that takes. */
const deaths: readonly (readonly [number, string])[] =
  process.env.LEIVOS_CAMPAIGN === "soak"
    ? Array.from({ length: 240 }, (_, i) => [i * 0.4, i % 2 === 0 ? "old" : "new"])
    : [
        [8, "new"],
        [58, "old"],
        [70, "old"],
        [76, "new"],
        [82, "old"],
        [91, "new"],
      ];

for (const [moment, who] of deaths)
  test.serial(`the ${who} init dies ${moment} ms after the begin of the swap`, async (t) => {
    const guest = await scene(
      { two: saying("no one") },
      `
      await sleep(3e9);
      const before = await rows();
      const pushed = push("two");
      await sleep(1e6);
      say("begins");
      const line = await swap("two", pushed);
      say(line.replace(/ [\\d.]+ ms.*/, ""));
      await sleep(1e9);
      say(await sentence());
      say(String((await rows()) === before));
      await sleep(11e9);
      say((await swap("two")).slice(0, 12));
      say(await sentence());
      `,
    );
    await guest.expect(/^host: begins\n/m);
    const old = guest.machine.servers().get("init");
    await guest.pass(moment * 1e6);
    const present = guest.machine.servers().get("init");
    (who === "old" ? old : present)?.crash();
    const lines = await hostLines(guest);
    t.log(`${present === old ? "alone; " : ""}${lines.slice(1, 3).join("; ")}`);
    t.regex(lines[1] as string, /^(?:swapped init|refused init because .*|failed: .*)$/);
    t.true(["nobody", "no one"].includes(lines[2] as string), lines[2]);
    t.deepEqual(lines.slice(3), ["true", "swapped init", "no one"]);
  });
