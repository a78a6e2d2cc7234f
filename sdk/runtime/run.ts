// The entry of every server: `run((start) => { ... })` in main.ts.
import { firstHandles } from "../abi/table.ts";
import { noteUses } from "./audit.ts";
import { BESIDE, hotHooks } from "./hot-hooks.ts";
import { beforeRun } from "./kernel-list.ts";
import { setLog } from "./log.ts";
import { startLoop } from "./loop.ts";
import { recordRun } from "./record.ts";
import { readStart, type Start } from "./start-info.ts";
import { meetSupervisor } from "./supervisor.ts";

let values: Start | undefined;

/**
 * Starts the loop; `main` runs in the first turn. What it throws, and a rejection of its promise, ends the process with a log
 * line that names the TypeScript place.
 */
export function run(main: (start: Start) => void | Promise<void>): void {
  startLoop((at, length, handles) => {
    const start = readStart(at, length, handles);
    const { record } = start.grants;
    if (record !== undefined) recordRun(record);
    const hot = hotHooks.present;
    if (start.options[BESIDE] !== undefined) {
      setLog(start.name, start.grants["log"] ?? 0);
      if (hot === undefined)
        throw new Error("this code declares no state, and the running one does (sdk/hot)");
      hot.beside(start, (taken) => begin(taken, main));
      return;
    }
    void begin(start, (own) => {
      hot?.restore(own);
      return main(own);
    });
    hot?.started();
  });
}

function begin(own: Start, main: (start: Start) => void | Promise<void>): void | Promise<void> {
  const start = { ...own, grants: noteUses(own.grants) };
  values = start;
  if (start.first.length > 0) setLog(start.name, start.first[firstHandles.DEBUG_LOG] ?? 0);
  else meetSupervisor(start);
  for (const prepare of beforeRun) prepare(start);
  return main(start);
}

/** The START values, once `run` has begun. */
export function startValues(): Start {
  if (values === undefined) throw new Error("run has not begun");
  return values;
}
