// A small server, of which `uusi bench start` has two: each says a random number, and `small` what its process had taken when it was
// ready to serve.
import { layouts, limits } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { ready } from "../../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../../sdk/runtime/system-call.ts";

/** Set by the first statement of the script, before any module (measure.ts). */
declare const began: number;

run(({ name }) => {
  ready();
  uusi.sys(systemCalls.process_info, 0);
  const view = new DataView(uusi.buffer, limits.SCRATCH_OFFSET);
  const at = layouts.processInfo;
  const now = Number(view.getBigUint64(at.cpuTime, true));
  const bytes = Number(view.getBigUint64(at.budgetUsed, true));
  // Warnings go to the serial line, too.
  if (name === "small") {
    log(`bench start.first ${began} ${began}`, "warning");
    log(`bench start.ready ${now} ${now}`, "warning");
    log(`bench start.bytes ${bytes} ${bytes}`, "warning");
  }
  log(`random ${Math.random()}`, "warning");
  log("bench-end", "warning");
});
