// Counts the processors that really run user threads: one pinned native thread on each, which adds 1 to a slot and ends.
// Invariant: only a slot that was written counts; the answer comes when all are written or after PATIENCE.
import { limits } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { now } from "../../sdk/runtime/time.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { after } from "../../sdk/runtime/timers.ts";

const PATIENCE = 3e9;
const PAUSE = 1e6;
const GRACE = 50e6;
const STACK = limits.PAGE_BYTES;

/** Calls `done` with the number of processors that ran a thread, of `cpus` that the firmware named. */
export function probeProcessors(cpus: number, done: (ran: number, fault: string) => void): void {
  // One page of slots, then a stack for each thread.
  const memory = Memory.create(limits.PAGE_BYTES + cpus * STACK);
  const view = memory instanceof Failure ? memory : memory.map();
  if (memory instanceof Failure || view instanceof Failure) {
    done(0, `no memory for the probe threads: ${(view as Failure).sentence}`);
    return;
  }
  let fault = "";
  for (let cpu = 0; cpu < cpus; cpu += 1) {
    const stack = view.address + limits.PAGE_BYTES + (cpu + 1) * STACK;
    const slot = view.address + cpu * 4;
    const result = uusi.sys(systemCalls.thread_create, uusi.probeEntry, stack, slot, cpu + 1);
    if (result < 0) fault = `thread for processor ${cpu}: error ${result}`;
  }
  const deadline = now() + PATIENCE;
  const look = () => {
    let ran = 0;
    for (let cpu = 0; cpu < cpus; cpu += 1) if (view.get32(cpu * 4) !== 0) ran += 1;
    if (ran < cpus && now() < deadline) {
      after(PAUSE, look);
      return;
    }
    // A thread that has not run yet still needs its stack; one that has is about to end.
    if (ran === cpus)
      after(GRACE, () => {
        view.close();
        memory.close();
      });
    done(ran, ran === cpus ? "" : fault || `${cpus - ran} of ${cpus} processors ran nothing`);
  };
  after(PAUSE, look);
}
