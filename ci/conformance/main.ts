// The conformance suite as a server process: it stands in the place of `init`, runs every case twice and powers the machine off.
// The same bundle is the program of its child processes.
import { controls, layouts } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { AGAIN, againCases, casesBefore, endHere, ends } from "./again.ts";
import type { Case } from "./case.ts";
import { cases } from "./cases/list.ts";
import { ContractsProgram } from "./contracts-program.ts";
import { startLoop, step } from "./loop.ts";
import { puppet } from "./puppet.ts";
import { line } from "./report.ts";
import { firstFacts, isFirst, startEvent, type StartFacts } from "./start.ts";
import { must, seenErrors, sys } from "./system.ts";

/** Handles and charged bytes of this process. */
function held(): { handles: number; bytes: number } {
  must("process_info", 0);
  const view = new DataView(uusi.buffer);
  const at = layouts.processInfo.budgetUsed;
  return {
    handles: view.getUint32(layouts.processInfo.handles, true),
    bytes: view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32,
  };
}

/** Lets the nucleus finish what it takes apart in slices. */
async function settled(): Promise<void> {
  const port = must("port_create");
  for (let i = 0; i < 3; i++) await step([], port, sys("clock") + 1_000_000);
  must("handle_close", port);
}

/** Runs after the first in which the bytes charged must once stay where they were. */
const RUNS = 4;

/** What is wrong with a case, or nothing. */
async function problem(c: Case, facts: StartFacts): Promise<string> {
  try {
    await c.run(facts);
    await settled();
    let before = held();
    // The engine's own heap may grow in a run; a leak grows in every one.
    for (let again = 0; again < RUNS; again++) {
      await c.run(facts);
      await settled();
      const after = held();
      if (after.handles > before.handles) return `leaks ${after.handles - before.handles} handles`;
      if (after.bytes <= before.bytes) return "";
      if (again === RUNS - 1) return `leaks ${after.bytes - before.bytes} bytes`;
      before = after;
    }
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function suite(facts: StartFacts): Promise<void> {
  if (ends(facts) > 0) return afterEnd(facts);
  const all = [...cases, ...(await new ContractsProgram(facts).cases())];
  line(facts.log, `1..${all.length + AGAIN}`);
  for (let i = 0; i < all.length; i++) {
    const c = all[i] as Case;
    const wrong = await problem(c, facts);
    told(facts, i + 1, c.name, wrong);
  }
  for (const text of seenErrors()) line(facts.log, `# cells ${text}`);
  await endHere(facts, all.length);
}

function told(facts: StartFacts, number: number, name: string, wrong: string): void {
  const verdict = wrong === "" ? "ok" : "not ok";
  line(facts.log, `${verdict} ${number} - ${name}${wrong === "" ? "" : `: ${wrong}`}`);
}

/** The last cases, in the process that has begun anew; then the machine goes off. */
async function afterEnd(facts: StartFacts): Promise<void> {
  let number = casesBefore(facts);
  for (const [name, run] of againCases(facts)) {
    number++;
    try {
      await run();
      told(facts, number, name, "");
    } catch (error) {
      told(facts, number, name, error instanceof Error ? error.message : String(error));
    }
  }
  line(facts.log, "# done");
  // whoever reads the serial line gets a moment for it
  const port = must("port_create");
  await step([], port, sys("clock") + 2_000_000_000);
  must("system_control", facts.system, controls.POWER_OFF);
}

let log = 0;

startLoop(
  async (bytes) => {
    const { payload, handles } = startEvent(bytes);
    if (!isFirst(payload)) return puppet(handles[0] as number);
    const facts = firstFacts(payload);
    log = facts.log;
    return suite(facts);
  },
  (error) => {
    if (log !== 0)
      line(log, `# Bail out! ${error instanceof Error ? error.message : String(error)}`);
    // An exception out of `flush` ends the process as an exception of its code does (sdk/runtime/binding.ts).
    uusi.flush = () => {
      throw error;
    };
  },
);
