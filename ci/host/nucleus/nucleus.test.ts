// The nucleus's pure parts on the host, under sanitizers: each case of machine.h in a process of its own. Sizes are small here; the
// program takes larger ones (`program fuzz 1000000 SEED`).
import test from "ava";
import { sourceFiles } from "../../../sdk/cli/source-files.ts";
import { pureFolders } from "../../../sdk/cli/steps/sim-nucleus.ts";
import { buildSanitized, type HostProgram } from "../sanitized.ts";

let program: HostProgram;

test.before(() => {
  program = buildSanitized([
    ...pureFolders.flatMap((folder) => sourceFiles(folder, [".c"])),
    "sdk/sim/arch.c",
    ...sourceFiles("ci/host/nucleus", [".c"]),
  ]);
});
test.after.always(() => program?.close());

/** [case, size, seeds, what it shows] */
const cases: [string, number, number[], string][] = [
  ["frames", 2000, [1, 2], "frames: the lowest address, equal answers to equal histories"],
  [
    "slab",
    5000,
    [1, 2],
    "slab heap: blocks keep what they hold, pages come back, wrong frees panic",
  ],
  ["heap", 5000, [1], "pairing heap: least key first, ties in order of insertion"],
  ["vault", 3000, [1], "vault: lowest slot first, stale numbers are dead, worn slots retire"],
  ["budget", 300, [1, 2], "budgets: charged with all ancestors or not at all, given back in full"],
  ["memory", 1, [1], "memory objects: create, clone, map, unmap, and what is refused"],
  ["shares", 3000, [1, 2, 3], "clones of sealed memory: shared until written, copies to every eye"],
  ["calls", 1, [1], "calls: every way they end, queued and taken"],
  ["messages", 1, [1], "messages: order, depth, batches, sizes"],
  ["transfers", 1, [1], "handles in messages: rights, badges, nothing moves when it fails"],
  ["chains", 2000, [1], "channels inside messages inside channels end without recursion"],
  ["orphans", 5, [1], "endpoints that wait in each other's queues are found"],
  ["waits", 1, [1], "waits, timers, exit reports, the direct switch"],
  ["restarts", 4, [1], "a call of many slices, and what changes between two of them"],
  ["facts", 1, [1], "figures and the log"],
  ["interrupts", 1, [1], "interrupts and I/O ports: masked, told once, released at the end"],
  ["quarantine", 1, [1], "DMA memory of the dead stays until its device is reset"],
  ["kills", 60, [1, 2], "kills at any moment give everything back"],
  ["fuzz", 100_000, [1], "noise for system calls harms nothing"],
  ["classes", 4000, [1, 2, 4, 8], "the batch class gets its tenth, and what nobody else wants"],
  ["raises", 12, [1], "a batch server runs in the class of those whose calls it has not answered"],
  ["leaps", 40, [1], "a clock that leaps costs whoever runs a quantum at most"],
  ["pinned", 600, [1], "threads that may only run on one processor share it"],
  ["fairness", 4000, [1, 2, 3, 4, 5, 6, 7, 8], "fair shares on 1 to 8 processors (the seed)"],
];

for (const [name, size, seeds, title] of cases) {
  test(title, (t) => {
    for (const seed of seeds) {
      const out = program.run([name, String(size), String(seed)]).toString();
      t.regex(out, /held\n$/);
    }
  });
}
