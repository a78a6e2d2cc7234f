// Dumps: what was read comes back the same, and files that are none are refused with a sentence.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { dumpSource, readDump, takeDump } from "./dump.ts";
import type { Source } from "./facts.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-dump-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const server = { name: "netd", state: "running", starts: 2, ended: 5, why: "exited", place: "" };
const source: Source = {
  world: undefined,
  account: async () => ({ name: "dev", may: ["see"], uses: [] }),
  processes: async () => [],
  servers: async () => [server],
  services: async () => [],
  memory: async () => ({ total: 4096, free: 0, slab: 0, quarantined: 0, processes: 1 }),
  uptime: async () => ({ up: 9, clock: 0, busy: [1] }),
  audit: async () => [],
  lastMessages: async () => [],
  lastChannels: async () => [],
  state: async () => ({ states: [], services: [], timers: {} }),
  waits: async () => ({ state: "running", answers: true, queued: 0, calls: [] }),
  log: async () => "a line\n",
  capabilities: async (name) => [`uses ${name}`],
};

test("a dump reads as the system did", async (t) => {
  const dump = await takeDump(source, new Date(0));
  t.is(dump.taken, "1970-01-01T00:00:00.000Z");
  const again = dumpSource(readDump(file("good.json", JSON.stringify(dump))));
  t.deepEqual(await again.servers(), [server]);
  t.is(await again.log(), "a line\n");
  t.deepEqual(await again.capabilities("netd"), ["uses netd"]);
  await t.throwsAsync(again.capabilities("constructor"), { message: /there is no server/ });
  t.deepEqual(await takeDump(again, new Date(0)), dump);
});

test("what is no dump is refused", async (t) => {
  const dump = await takeDump(source, new Date(0));
  const bad = (name: string, value: unknown) => () =>
    readDump(file(name, typeof value === "string" ? value : JSON.stringify(value)));
  t.throws(() => readDump(join(folder, "none.json")), { message: /can't be read/ });
  t.throws(bad("text.json", "{"), { message: /can't be read/ });
  t.throws(bad("null.json", null), { message: /is no dump; make one with/ });
  t.throws(bad("other.json", { format: "x" }), { message: /is no dump/ });
  t.throws(bad("newer.json", { ...dump, version: 2 }), { message: /has version 2, not 1/ });
  for (const field of ["processes", "capabilities", "log", "memory"])
    t.throws(bad("torn.json", { ...dump, [field]: 7 }), {
      message: new RegExp(`${field} is damaged`),
    });
});
