// The files of a new server that is written in Tape: as those of `server-files.ts`, but what it does stands in main.tape. Pure.
import { identifierOf, serverFiles } from "./server-files.ts";

/** Each file's text by its path in the tree. */
export function tapeServerFiles(name: string): Readonly<Record<string, string>> {
  const id = identifierOf(name);
  const folder = `servers/${name}`;
  const module = name.replaceAll("-", "_");
  const typed = serverFiles(name);
  return {
    [`${folder}/contract.ts`]: typed[`${folder}/contract.ts`]!,
    [`${folder}/manifest.ts`]: typed[`${folder}/manifest.ts`]!.replace("4 << 20", "12 << 20"),
    [`${folder}/main.ts`]: `// Runs main.tape, which the build compiles with the contracts of the manifest.
import { runTape } from "../../sdk/tape/run-tape.ts";
import program from "./main.tb";

runTape(program);
`,
    [`${folder}/main.tape`]: `// The ${name} server: counts seconds, says so in the log, and answers at /svc/${name}.
import io from "io";
import serve from "serve";
import ${module} from "serve:${name}";

var seconds: i64 = 0;

// Seconds between two lines of the log.
const PAUSE = 5;

fn tick() {
    seconds += 1;
    if (seconds % PAUSE == 0) { io.println("tick {seconds}"); }
}

// The contract's calls are functions of their names.
pub fn ticks() -> ${module}.TicksReply { return ${module}.TicksReply { ticks: seconds }; }

pub fn reset() { seconds = 0; }

// What new code takes over when it is saved while the system runs.
pub fn save() -> dyn { return seconds; }

pub fn restore(old: dyn) { seconds = old as i64; }

pub fn main() {
    serve.every(1000, fn() => tick());
    io.println("serving");
}

test "each fifth second is said" {
    for (i in 0..5) { tick(); }
    @assert(seconds == 5);
}
`,
    [`${folder}/${name}.test.ts`]: testText(typed[`${folder}/${name}.test.ts`]!, name, id),
    [`${folder}/README.md`]: `# ${name}

Counts seconds and serves the count at \`/svc/${name}\`. It is written in Tape: \`main.ts\` only runs it.

Promises

- Each fifth second is one line of the log.
- A reset is answered after it has happened; the next second is the first again.
- A trap ends the process with a line for each call under way; supervision starts it again.

Reading order: \`contract.ts\`, \`main.tape\`.
`,
  };
}

/** The test of the server: its own `test` blocks, and it in a whole system. */
function testText(typed: string, name: string, id: string): string {
  const whole = typed.slice(typed.indexOf('test("it counts'));
  return `// The blocks of main.tape, and ${id} in a whole system on the simulated nucleus, where a second costs nothing.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { testBlocks } from "../../sdk/tape/testing/test-blocks.ts";

test("the blocks of main.tape", async (t) => {
  t.deepEqual(await testBlocks("servers/${name}"), ["pass each fifth second is said"]);
});

${whole}`;
}
