// A contract changes in a system in QEMU: its server is refused alone, with the field, and swapped in one step with its client, whose calls
// go on; a member that is bad leaves both as they were.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { bytecode, type ServerCode } from "../../sdk/cli/push/server-code.ts";
import { rollBack, type SwapAnswer, swapAlong } from "../../sdk/cli/push/swap-server.ts";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { counter, counterFields } from "../../servers/init/testing/counter.ts";
import { meter, meterFields } from "../../servers/init/testing/meter.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { diskWith } from "./added-servers.ts";

const packed = (fields: ManifestFields) => packManifest({ budget: 12 << 20, ...fields });

/** Code of a version as a host pushes it. */
async function pushed(fields: ManifestFields, name: string, code: string): Promise<ServerCode> {
  const made = await bytecode(name, await serverScript(code));
  return {
    name: fields.name,
    code: made,
    manifest: JSON.stringify(packed(fields)),
    sources: [],
  };
}

/** Tries again what a busy host has refused for its time. */
async function persist(swap: () => Promise<SwapAnswer>): Promise<string> {
  for (let tries = 1; ; tries++) {
    const { line, again } = await swap();
    if (!again || tries === 20) return line;
  }
}

test("a changed contract swaps its server and its client in one step", async (t) => {
  t.timeout(300_000);
  const of = { contract: "counter", pause: 50 };
  const changed = { contract: "counter-changed", pause: 50 };
  const added = [
    { code: counter({ code: "one" }), manifest: packed(counterFields) },
    { code: meter({ code: "one", ...of }), manifest: packed(meterFields) },
  ];
  const disk = await diskWith("swap-together", added, [], { netd_wait: "10" });
  const [mine, theirs, bad] = await Promise.all([
    pushed(counterFields, "counter-two", counter({ code: "two", contract: "counter-changed" })),
    pushed(meterFields, "meter-two", meter({ code: "two", ...changed, keeps: true })),
    pushed(
      meterFields,
      "meter-bad",
      meter({ code: "bad", ...changed, begin: `throw new Error("not today");` }),
    ),
  ]);
  const guest = await diskGuest(disk, { channel: true });
  try {
    await guest.expect(loginPrompt, 120_000);
    const connection = await Connection.open(guest.channel);
    const source = liveSource(connection);
    const counts = async () => {
      const { sums, failed, wrong } = (await source.state("meter")).states[0]!.data as {
        [name: string]: number;
      };
      return { sums: sums!, failed, wrong };
    };
    /** The meter goes on without a failure: more sums than before after a while. */
    const goesOn = async (what: string) => {
      const before = await counts();
      for (let tries = 0; tries < 100 && (await counts()).sums <= before.sums + 2; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const after = await counts();
      t.true(after.sums > before.sums + 2, what);
      t.is(after.wrong, 0, what);
      t.is(after.failed, 0, what);
    };
    try {
      await goesOn("at the start");
      const step = (other: ServerCode | undefined) =>
        persist(async () => (await swapAlong(connection, [mine], 0, async () => other)).report);
      t.is(
        (await step(undefined)).replace(/, try \d$/, ""),
        "refused counter because contract counter.add: field `times` of the request is new and no trailing optional, and meter speaks it as it was",
      );
      await goesOn("refused");
      t.regex(await step(bad), /^refused counter, meter because meter: not today/);
      await goesOn("undone");
      const line = await step(theirs);
      t.log(line);
      t.regex(line, /^swapped counter, meter [\d.]+ ms \(paused [\d.]+ ms, \d streams? kept\)/);
      await goesOn("swapped");
      const back = await persist(() => rollBack(connection, "meter"));
      t.log(back);
      t.regex(back, /^swapped counter, meter /);
      await goesOn("back");
      for (const { name, starts } of await source.servers())
        if (name === "counter" || name === "meter") t.is(starts, 1, name);
    } finally {
      connection.close();
    }
  } finally {
    await guest.close();
  }
});
