import test from "ava";
import { call, contract } from "./contract.ts";
import { checkManifest, manifest, packManifest } from "./manifest.ts";

const Net = contract("net", 3, { stats: call({}, {}) });
const sound = () =>
  packManifest(manifest({ name: "netd", serves: { "/svc/net": Net }, uses: ["/dev/net0"] }));

test("a packed manifest has its defaults and passes its own check", (t) => {
  t.deepEqual(checkManifest(sound()), []);
  t.like(sound(), {
    budget: 16 << 20,
    weight: 100,
    log: true,
    restart: { when: "always", most: 5 },
  });
  t.false("class" in sound());
  const batch = packManifest(manifest({ name: "indexer", class: "batch" }));
  t.deepEqual([batch.class, checkManifest(batch)], ["batch", []]);
  t.deepEqual(sound().serves, [
    { name: "/svc/net", contract: "net", version: 3, methods: "stats=1j9q99d" },
  ]);
});

test("each fault is named with its path and line", (t) => {
  const source = [
    "export default manifest({",
    '  name: "netd",',
    '  uses: ["/svc/random", "net"],',
    '  devices: ["toaster"],',
    "  budget: 5,",
    "});",
  ].join("\n");
  const problems = checkManifest(
    { ...sound(), uses: ["/svc/random", "net"], devices: ["toaster"], budget: 5 },
    source,
  );
  t.deepEqual(
    problems.map(({ path, line }) => [path, line]),
    [
      ["uses[1]", 3],
      ["devices[0]", 4],
      ["budget", 5],
    ],
  );
  t.regex(problems[1]!.sentence, /"toaster"; known are serial, serial2, i8042/);
});

test("values of any shape from outside give problems, never exceptions", (t) => {
  for (const value of [
    null,
    5,
    "x",
    [],
    {},
    { ...sound(), uses: 5 },
    { ...sound(), serves: [null] },
  ])
    t.true(checkManifest(value).length > 0, JSON.stringify(value));
  t.regex(checkManifest({ ...sound(), sudo: true })[0]!.sentence, /`sudo` is no field/);
  t.regex(checkManifest({ ...sound(), uses: ["/svc/a", "/svc/a"] })[0]!.sentence, /stands twice/);
  t.regex(checkManifest({ ...sound(), class: "urgent" })[0]!.sentence, /"urgent"; known are inter/);
  t.regex(checkManifest({ ...sound(), restart: { when: "maybe" } })[0]!.sentence, /restart.when/);
});

test("the rules of `net`, each fault with its line", (t) => {
  const net = { connect: ["tcp:*.example.org:443"], listen: ["tcp:8080"] };
  const packed = packManifest(manifest({ name: "a", net }));
  t.deepEqual(packed.net, net);
  t.deepEqual(checkManifest(packed), []);
  const source =
    'manifest({\n  name: "a",\n  net: {\n    connect: ["tcp:x"],\n    listen: ["80"],\n  },\n});';
  const faulty = { ...packed, net: { connect: ["tcp:x"], listen: ["80"], accept: [] } };
  const lines = checkManifest(faulty, source).map(({ path, line }) => [path, line]);
  t.deepEqual(lines, [
    ["net.connect[0]", 4],
    ["net.listen[0]", 5],
    ["net", 3],
  ]);
  const many = { listen: Array.from({ length: 17 }, (_, port) => `tcp:${port + 1}`) };
  for (const value of [5, null, [], { connect: 5 }, { connect: [5] }, many])
    t.true(checkManifest({ ...packed, net: value }).length > 0);
});
