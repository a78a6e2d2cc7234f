// `node ci/bench/counts/user-tables.ts`: what the hot paths cost where user mode has tables of its own
// (docs/decisions/015-user-tables.md), beside what they cost elsewhere.
import { countPaths } from "./count.ts";

const [apart, together] = [await countPaths("kpti=on\n"), await countPaths("kpti=off\n")];
for (const [name, count] of together)
  console.log(`${name}\t${count}\t${apart.get(name) ?? "not measured"}`);
