import test from "ava";
import { unknownGrants } from "./grants.ts";
import { parseConfiguration } from "./configuration.ts";
import { unknownUses } from "./unknown-uses.ts";

const hash = `pbkdf2-sha256$1000$${"00".repeat(16)}$${"11".repeat(32)}`;
const manifest = (name: string, fields: object = {}) => ({
  name,
  serves: [],
  uses: [],
  devices: [],
  log: true,
  budget: 16 << 20,
  weight: 100,
  restart: { when: "always", most: 5, window: 10e9 },
  startWithin: 10e9,
  privileges: [],
  ...fields,
});
const server = (name: string, fields: object = {}) => ({
  name,
  bundle: `bundle/${name}`,
  digest: "ab".repeat(32),
  scriptDigest: "cd".repeat(32),
  manifest: manifest(name, fields),
});
const account = { name: "dev", password: hash, may: ["see"], uses: ["/svc/net"] };
const parse = (value: object) => parseConfiguration(JSON.stringify(value));

test("a sound configuration", (t) => {
  const read = parse({ servers: [server("netd")], accounts: [account], development: true });
  t.deepEqual(read.problems, []);
  t.is(read.servers[0]?.manifest.budget, 16 << 20);
  t.is(read.accounts[0]?.name, "dev");
  t.true(read.development);
});

test("each fault is named and costs only its own entry", (t) => {
  t.regex(parseConfiguration("{").problems[0]!, /no JSON/);
  t.deepEqual(parseConfiguration("[]").servers, []);
  const read = parse({
    servers: [
      server("netd"),
      { ...server("pci"), digest: "short" },
      { ...server("random"), manifest: manifest("other") },
      { ...server("tls"), manifest: { ...manifest("tls"), uses: "all" } },
      { ...server("wm"), name: "../wm" },
      7,
    ],
    accounts: [
      account,
      { ...account, name: "a", password: "dev" },
      { ...account, name: "b", may: ["everything"] },
      { ...account, name: "c", uses: [7] },
      null,
    ],
  });
  t.deepEqual(
    read.servers.map((each) => each.name),
    ["netd"],
  );
  t.deepEqual(
    read.accounts.map((each) => each.name),
    ["dev"],
  );
  t.is(read.problems.filter((line) => line.startsWith("account ")).length, 3);
  t.true(read.problems.some((line) => line.includes("pci: the configuration gives no bundle")));
  t.true(read.problems.some((line) => line.startsWith("tls: manifest ")));
});

test("what a manifest asks for and nobody has", (t) => {
  const { servers } = parse({
    servers: [
      server("netd", { serves: [{ name: "/svc/net", contract: "net", version: 1 }] }),
      server("console", { uses: ["/svc/accounts", "/svc/net", "/svc/nope"] }),
    ],
  });
  t.deepEqual(unknownUses(servers, ["/svc/accounts"]), [
    "console: manifest uses[2]: nobody serves /svc/nope; remove the line or add a server that serves it",
  ]);
  const greedy = { ...manifest("a"), devices: ["serial", "moon"], privileges: ["root"] };
  t.deepEqual(
    unknownGrants(greedy).map((line) => line.slice(0, 60)),
    [
      "manifest devices[1]: there is no device class `moon`, only s",
      "manifest privileges[0]: there is no privilege `root`, only s",
    ],
  );
});
