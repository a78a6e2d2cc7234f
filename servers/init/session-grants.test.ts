// Servers with a session: what their manifest says under `may`, and what init kept of ends, on the simulated nucleus.
import { createHash } from "node:crypto";
import test from "ava";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";

const system = await freshSystem();

/** A system with more servers; the log after `ns` of its running. */
async function logOf(
  servers: { code: string; fields: Partial<ManifestFields> & { name: string } }[],
  ns: number,
): Promise<string> {
  const bundles = { ...system.bundles };
  const entries = [...system.config.servers];
  for (const { code, fields } of servers) {
    const script = await serverScript(code);
    const digest = createHash("sha256").update(script).digest("hex");
    const { name } = fields;
    bundles[name] = script;
    const manifest = packManifest({ budget: 12 << 20, ...fields });
    entries.push({ name, bundle: `bundle/${name}`, digest, scriptDigest: digest, manifest });
  }
  const guest = await SimGuest.boot({
    ...system,
    bundles,
    config: { ...system.config, servers: entries },
  });
  await guest.login();
  await guest.pass(ns);
  return await guest.command("log");
}

const session = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { sleep } from "../../../sdk/runtime/timers.ts";
  import { Session } from "../../../servers/init/contract.ts";`;

test("a session does what the manifest says under `may`, and a refusal names the line", async (t) => {
  const code = `${session}
    run(async () => {
      const init = await connect(Session, "/svc/session");
      ready();
      const account = await init.account({});
      log("I am " + account.name + " and may " + account.may.join());
      log("memory: " + ((await init.memory({})).total > 0));
      log("log: " + (await init.log({ position: 0 })).sentence);
      log("power: " + (await init.power({ action: "off" })).sentence);
      log("open: " + (await init.open({ name: "/dev/pci" })).sentence);
    });`;
  const fields = { name: "looker", uses: ["/svc/session"] as const, may: ["see"] as const };
  const log = await logOf([{ code, fields }], 1e9);
  t.regex(log, /^looker: I am looker and may see$/m);
  t.regex(log, /^looker: memory: true$/m);
  const place = "servers/looker/manifest.ts";
  t.true(log.includes(`looker: log: server looker may not: add "log" to its \`may\` in ${place}`));
  t.true(log.includes(`power: server looker may not: add "power" to its \`may\` in ${place}`));
  t.true(
    log.includes(`open: server looker may not open /dev/pci: add it to its \`uses\` in ${place}`),
  );
});

test("of a server that threw, the end, the reason and the TypeScript place are kept", async (t) => {
  const thrower = `run(() => { ready(); const list = undefined; list.push(1); });`;
  const looker = `${session}
    run(async () => {
      const init = await connect(Session, "/svc/session");
      ready();
      await sleep(2e8);
      for (let from = 0, more = true; more; ) {
        const page = await init.servers({ from });
        for (const each of page.servers)
          log([each.name, each.starts > 0, each.ended > 0, each.why, each.place].join(" | "));
        from += page.servers.length;
        more = page.more;
      }
    });`;
  const log = await logOf(
    [
      { code: thrower, fields: { name: "thrower", restart: { when: "never" } } },
      { code: looker, fields: { name: "looker", uses: ["/svc/session"], may: ["see"] } },
    ],
    1e9,
  );
  const line = /^looker: thrower \| true \| true \| exited with code \d+ \| (uncaught.*)$/m.exec(
    log,
  );
  t.regex(line?.[1] ?? log, /TypeError.* at .*\.ts:\d+/);
  t.regex(log, /^looker: pci \| true \| false \| {2}\| $/m);
});
