// Servers that fail in every way the engine knows of, all in one boot on the nucleus: each ends with a line that names the fault and its
// TypeScript place, init starts it again until its policy says no, and everybody else works on.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { takeDump } from "../../sdk/cli/channel/dump.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { nativeNames } from "../../sdk/cli/messages/native-names.ts";
import { compilerPath } from "../../sdk/cli/steps/compiler.ts";
import { fnv1a } from "../../sdk/contract/fnv.ts";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { objectKinds, readBootImage, writeBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { RECEIVED } from "../../sdk/runtime/recorder-page.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { TALKER, talkerFault } from "../../servers/init/testing/talker.ts";
import { root } from "../setup/paths.mjs";
import { command, logIn } from "../qemu/person.ts";

const place = String.raw`.*main\.ts:\d+`;
/** Lines before the code of a server that a test writes down (sdk/sim/testing/server-script.ts). */
const FIRST = 6;

/** Name, main.ts, and the line that its end must leave in the log. */
const faults: readonly [string, string, string][] = [
  ["thrower", "run(() => { null.x; });", `uncaught: TypeError: ${place}`],
  [
    "rejecter",
    "run(async () => { throw new Error('late'); });",
    `unhandled rejection: Error: late${place}`,
  ],
  ["silent", "export const nothing = 1;", "the bundle did not set `uusi\\.turn`"],
  [
    "looper",
    "run(() => { ready(); for (;;) { try { for (;;); } catch {} } });",
    `turn took more than 2 s.*${place}`,
  ],
  [
    "hoarder",
    "run(() => { ready(); const all = []; for (;;) all.push(new Array(999).fill(all.length + 0.5)); });",
    `uncaught: InternalError: out of memory${place}`,
  ],
  [
    "nester",
    "run(() => { ready(); let all = []; for (;;) all = [all, {}]; });",
    "uncaught: InternalError: out of memory",
  ],
  [
    "digger",
    "const deep = (n) => deep(n + 1) + 1;\nrun(() => { ready(); deep(0); });",
    `uncaught: RangeError: Maximum call stack size exceeded${place}`,
  ],
  [
    "native-digger",
    "run(() => { ready(); const o = { toString() { return `${o}`; } }; String(o); });",
    `uncaught: RangeError: Maximum call stack size exceeded${place}`,
  ],
  [
    "backtracker",
    "run(() => { ready(); /(a+)+b/.test('a'.repeat(60)); });",
    `turn took more than 2 s.*${place}`,
  ],
  // It waits at a port to which nothing comes: its queue fills, and init finds it.
  [
    "deaf",
    "run(() => { ready(); after(2e8, () => { uusi.port = uusi.sys(6); }); });",
    "killed: it did not answer for \\d+(\\.\\d+)? m?s; not ended 100 ms after the word",
  ],
  ["trespasser", "run(() => { ready(); uusi.set32(0x123456789000, 1); });", ".*0x123456789000"],
  // Native faults and hangs: init reads from the memory that is left where it was in TypeScript, as `inside` says.
  [
    "nested",
    `class Ledger { post(n) { return charge(n + 1) + 1; } }
function charge(n) { [n].forEach((each) => { poke(each); }); return n; }
function poke(n) { uusi.set32(0x123456789000, n); return n; }
async function pay() { await undefined; return new Ledger().post(1) + 1; }
run(() => { ready(); after(1e7, () => pay()); });`,
    `it was at ${inside("poke:3", ":2", "charge:2", "post:1", "pay:4")}`,
  ],
  [
    "stuck",
    `function derive(rounds) { return uusi.pbkdf2(new Uint8Array(8), new Uint8Array(8), rounds); }
function* derivedKeys() {
  derive(0x7fffffff);
  yield 1;
}
run(() => { ready(); after(1e7, () => [...derivedKeys()]); });`,
    `it was at ${inside("derive:1", "derivedKeys:3", ":6")}`,
  ],
];

/** It leaves 64 heads of messages on a quiet channel, and 10,000 messages later on a busy one. */
const talker: (typeof faults)[number] = ["talker", TALKER, ".*0x123456789000"];

/** It faults when it is told to end. */
const late: (typeof faults)[number] = [
  "late",
  `import { onTerminating } from "../../../sdk/runtime/supervisor.ts";
function flushAll() { uusi.set32(0x123456789000, 1); }
run(() => { ready(); onTerminating(() => { flushAll(); }); });`,
  `it was at ${inside("flushAll:2", ":3")}`,
];

/** Frames as they are told: names, and lines of the server's own code, which stands behind the imports of serverScript. */
function inside(...frames: string[]): string {
  const text = frames.map((frame) => {
    const [name, line] = frame.split(":") as [string, string];
    return String.raw`${name === "" ? "" : `${name} `}\S*main\.ts:${FIRST + Number(line)}`;
  });
  return text.join(" < ");
}

/** A disk with the system and the faulty servers. */
async function faultyDisk(): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const folder = join(root, "build/faulty-servers");
  mkdirSync(folder, { recursive: true });
  const objects = readBootImage(readFileSync(boot));
  const config = JSON.parse(
    Buffer.from(objects.find(({ name }) => name === "config")!.bytes).toString(),
  ) as { servers: object[] };
  const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  const bundles = [];
  for (const [name, code] of [...faults, late, talker]) {
    const script = join(folder, `${name}.js`);
    const bytecode = join(folder, `${name}.qjs`);
    writeFileSync(script, await serverScript(code));
    execFileSync(join(root, compilerPath), [script, bytecode]);
    const bytes = readFileSync(bytecode);
    bundles.push({ name: `bundle/${name}`, kind: objectKinds.bundle, bytes });
    config.servers.push({
      name,
      bundle: `bundle/${name}`,
      digest: digest(bytes),
      scriptDigest: digest(readFileSync(script)),
      manifest: packManifest({
        name,
        budget: 6 << 20,
        restart: { when: "always", most: 2 },
        uses: name === "talker" ? ["/svc/random"] : [],
        ...(name === "deaf" || name === "stuck" ? { answerWithin: 1e9 } : {}),
      }),
    });
  }
  const kept = objects.filter(({ kind }) => kind !== objectKinds.config);
  const disk = join(folder, "disk.img");
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage([
      ...kept,
      ...bundles,
      { name: "config", kind: objectKinds.config, bytes: Buffer.from(JSON.stringify(config)) },
    ]),
    options: { seed: "1", netd_wait: "60000" },
  });
  return disk;
}

test("each fault has its line, and nobody else is disturbed", async (t) => {
  const guest = await diskGuest(await faultyDisk(), {
    network: { kind: "user", options: [] },
    channel: true,
  });
  const run = (line: string) => command(guest, line);
  try {
    await guest.expect(loginPrompt, 90_000);
    await logIn(guest);
    const tells = async ([name, , expected]: (typeof faults)[number]) => {
      const pattern = new RegExp(`${name}: ${expected}`);
      let log = "";
      // those that use up their time need it, twice
      for (let tries = 0; tries < 60 && !pattern.test(log); tries++) {
        log = await run(`log ${name}`);
        if (!pattern.test(log)) await new Promise((resolve) => setTimeout(resolve, 500));
      }
      t.regex(log, pattern);
    };
    for (const each of [...faults, talker]) await tells(each);
    // what the next init has to read the stack with is what the one before wrote down
    await run("kill init");
    await run("restart late");
    await tells(late);
    const line = await Connection.open(guest.channel);
    const dump = await takeDump(liveSource(line), new Date());
    line.close();
    const kinds = { call: 2, reply: RECEIVED + 3, method: fnv1a("bytes") };
    const { talker: heads } = dump.messages!;
    t.is(talkerFault(heads as never, dump.channels!["talker"]!, kinds), "");
    for (const name of ["nested", "stuck"]) {
      const told = dump.servers.find((each) => each.name === name)?.place ?? "";
      t.regex(
        told,
        new RegExp(`^${faults.find((each) => each[0] === name)![2].slice("it was ".length)}`),
      );
    }
    const native = nativeNames(dump.servers.find((each) => each.name === "nested")?.why ?? "");
    t.true(native.includes("JS_CallInternal"), `${native}`);
    t.regex(await run("log nested"), /nested: rdi=[0-9a-f]+ .* rax=[0-9a-f]+ rsp=[0-9a-f]+ flags=/);
    t.regex(await run("ping 10.0.2.2 1"), /1 sent, 1 received/);
    const rows = await run("ps");
    for (const name of ["console", "i8042", "netd", "pci", "random", "virtio-net"])
      t.regex(rows, new RegExp(`\\b${name} +running .* 1$`, "m"), name);
  } finally {
    await guest.close();
  }
});
