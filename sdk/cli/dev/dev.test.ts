// What a save is answered with: which servers it concerns, one line for each outcome, and faults of types.
import test from "ava";
import { Failure } from "../failure.ts";
import type { ServerCode } from "../push/server-code.ts";
import { Affected } from "./affected.ts";
import { answerSave, type SaveEffects } from "./saves.ts";
import { faultsOf } from "./type-check.ts";

function scene(over: Partial<SaveEffects> = {}) {
  const affected = new Affected();
  affected.learn("netd", ["servers/netd/main.ts", "servers/netd/arp.ts", "sdk/runtime/run.ts"]);
  affected.learn("random", ["servers/random/main.ts", "sdk/runtime/run.ts"]);
  const swapped: string[] = [];
  const effects: SaveEffects = {
    make: async (name) => ({ name, sources: ["new.ts"] }) as unknown as ServerCode,
    swap: async ({ name: server }) => {
      swapped.push(server);
      const line = `swapped ${server} 4 ms (paused 1 ms)`;
      return {
        report: { server, kind: "swapped", line, along: [], again: false, tries: 1 },
        others: [],
      };
    },
    fault: async () => undefined,
    ...over,
  };
  const save = (...files: string[]) => answerSave(files, affected, effects);
  return { affected, swapped, save };
}

test("a file is of the servers that were made of it, and new sources are learned", async (t) => {
  const { affected, swapped, save } = scene();
  t.is(await save("servers/netd/arp.ts"), "swapped netd 4 ms (paused 1 ms)");
  t.deepEqual(affected.by(["new.ts"]), ["netd"]);
  t.deepEqual(affected.by(["servers/netd/manifest.ts"]), ["netd"]);
  await save("sdk/runtime/run.ts");
  t.deepEqual(swapped, ["netd", "random"]);
  t.regex(await save("servers/netd/arp.test.ts"), /^kept .*arp.test.ts is no part of a server/);
  t.regex(await save("tape/a.ts", "tape/b.ts"), /^kept .*2 files is part of no server that runs/);
});

test("each outcome is one line", async (t) => {
  const make = async () => {
    throw new Failure('servers/netd/arp.ts:3:4: Unexpected "}"\nservers/netd/arp.ts:9:1: more');
  };
  const broken = scene({ make });
  t.is(
    await broken.save("servers/netd/arp.ts"),
    'refused netd because servers/netd/arp.ts:3:4: Unexpected "}"',
  );
  t.deepEqual(broken.affected.by(["servers/netd/arp.ts"]), ["netd"], "the next good save works");
  const swap = async () => {
    throw new Failure("no machine runs");
  };
  t.is(
    await scene({ swap }).save("sdk/runtime/run.ts"),
    "refused netd because no machine runs; refused random because no machine runs",
  );
  const fault = async () => "servers/netd/arp.ts:1:1: TS1: wrong";
  const strict = scene({ fault });
  t.is(
    await strict.save("servers/netd/arp.ts"),
    "refused netd because servers/netd/arp.ts:1:1: TS1: wrong",
  );
  t.deepEqual(strict.swapped, []);
  const unchecked = scene({ fault: () => Promise.reject(new Error("no tsc")) });
  t.regex(await unchecked.save("servers/netd/arp.ts"), /^refused netd because types can't be/);
});

test("a contract's own server goes first, and who came along is not swapped again", async (t) => {
  const swapped: string[] = [];
  const lines = ["swapped zone, audit 9 ms (paused 2 ms)", "swapped meter 4 ms (paused 1 ms)"];
  const { affected, save } = scene({
    swap: async ({ name: server }, make) => {
      swapped.push(server);
      const other = server === "zone" ? await make("audit") : undefined;
      t.is(await make("account:dev"), undefined);
      const report = {
        server,
        kind: "swapped" as const,
        line: lines.shift()!,
        along: [],
        again: false,
        tries: 1,
      };
      return { report, others: other === undefined ? [] : [other] };
    },
  });
  for (const name of ["audit", "meter", "zone"])
    affected.learn(name, [`servers/${name}/main.ts`, "servers/zone/contract.ts"]);
  const line = await save("servers/zone/contract.ts");
  t.is(line, "swapped zone, audit 9 ms (paused 2 ms); swapped meter 4 ms (paused 1 ms)");
  t.deepEqual(swapped, ["zone", "meter"]);
});

test("of the type check, what concerns the save", (t) => {
  const output =
    "servers/netd/arp.ts(12,5): error TS2322: Type 'string' is not assignable.\n" +
    "  more about it\nservers/tape/x.ts(1,2): error TS2305: No.\n";
  t.deepEqual(
    faultsOf(output, (file) => file.startsWith("servers/netd/")),
    ["servers/netd/arp.ts:12:5: TS2322: Type 'string' is not assignable."],
  );
});
