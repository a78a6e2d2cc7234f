// `node --import=./tape/embed/register.ts ci/bench/profile/record.ts` records anew how often each line of the engine runs
// (sdk/runtime/engine/profile.txt): in a call between two TypeScript programs, and while the system starts, somebody logs in and asks
// for `ps`. To be run when the engine's source or its edits change; it needs llvm-profgen-14 (Debian's llvm-14).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { profile } from "../../../sdk/cli/steps/engine.ts";
import { holdFolder, releaseFolder } from "../../qemu/resources.ts";
import { writeSystemDisk, writeTypeScriptDisk } from "../guests/disks.ts";
import { EngineWithLines } from "./engine-with-lines.ts";
import { LineCounts } from "./line-counts.ts";
import { traced } from "./traced.ts";

/** A line of fewer runs is as good as one of none, and a function of fewer as one that never ran. */
const fewest = { line: 6, function: 150 };

const folder = holdFolder();
try {
  const disk = join(folder, "disk.img");
  const counts = new LineCounts();
  // the build of the disk is what the engine's lines are read from
  await writeTypeScriptDisk(disk, true, "endless");
  const engine = new EngineWithLines(folder);
  counts.add(engine.lines(await traced(disk, folder, 8, 1000)), 8);
  await writeSystemDisk(disk, true, async (objects) => objects);
  counts.add(engine.lines(await traced(disk, folder, 150, 25)), 2);
  writeFileSync(profile, counts.text(engine.begins, fewest.line, fewest.function));
} finally {
  releaseFolder(folder);
}
