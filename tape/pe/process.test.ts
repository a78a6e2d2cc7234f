/** What `std/uusi.tape` repeats of layouts and of the loader's numbers is what they are. */
import { readFileSync } from "node:fs";
import test from "ava";
import { environment } from "../native/environment.ts";
import { traps } from "../bytecode/op-table.ts";
import { processAddresses, processBlock, processImports } from "./process.ts";

const text = readFileSync(new URL("../std/uusi.tape", import.meta.url), "utf8");
const constant = (name: string): number =>
  Number(new RegExp(`^const ${name} = (\\w+);`, "m").exec(text)?.[1]);

test("the block and the traps in Tape are those of the loader", (t) => {
  t.is(constant("BLOCK"), processAddresses.block);
  for (const [name, at] of [
    ["CHANNEL", processBlock.channel],
    ["MOST", processBlock.most],
    ["SERVICES", processBlock.services],
    ["IMPORTS", processBlock.imports],
    ["ARGUMENTS", processBlock.arguments],
    ["MEMORY", environment.memory],
    ["BYTES", environment.bytes],
    ["HOST_VALUES", environment.hostValues],
    ["VALUES", environment.values],
    ["TEXT", environment.text],
    ["OWN", environment.own],
    ["SECOND", environment.own + 8],
    ["BAD_ADDRESS", traps.indexOf("bad address")],
    ["TRAP", traps.indexOf("trap")],
    ["STOPPED", traps.indexOf("stopped")],
  ] as const)
    t.is(constant(name), at, name);
});

test("each import of the list is served, and no other", (t) => {
  const served = [...text.matchAll(/which == (\d+)/g)].map((m) => Number(m[1]));
  t.deepEqual(
    served,
    processImports.slice(1).map((_, i) => i + 1),
  );
});
