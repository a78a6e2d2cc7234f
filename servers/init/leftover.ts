// What a dead init has left in the vault and nobody knows: made in its last turn, or all of it when its state can't be used.
// Invariant: a process that nobody knows is ended, so that what it held is free and what it had borrowed is back.
import { kinds } from "../../sdk/abi/table.ts";
import { ownHandles } from "../../sdk/hot/own-handles.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Process } from "../../sdk/runtime/process.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";

/** Exit code of what init kills. */
const KILLED = 137;

/** Ends and closes all but `known`; `gone` is called when no process of them is left, with how many there were. */
export function clearLeftover(known: ReadonlySet<number>, gone: (ended: number) => void): void {
  const processes: Process[] = [];
  for (const handle of ownHandles()) {
    if (known.has(handle)) continue;
    if (uusi.sys(systemCalls.handle_info, handle) % 256 === kinds.PROCESS)
      processes.push(new Process(handle));
    else closeHandle(handle);
  }
  let left = processes.length;
  if (left === 0) gone(0);
  for (const process of processes) {
    process.onExit(() => {
      process.close();
      left -= 1;
      if (left === 0) gone(processes.length);
    });
    process.kill(KILLED);
  }
}
