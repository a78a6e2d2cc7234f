// The suite's own event loop over the raw binding: one `step` is one submit_wait, awaited. No runtime between, so that what is
// measured is the nucleus. Invariant: at most one step is on its way.
import { uusi } from "../../sdk/runtime/binding.ts";
import { type Entry, readStatuses, writeBatch } from "./message.ts";

interface Step {
  entries: Entry[];
  bytes: number;
  port: number;
  deadline: number;
  done: (result: StepResult) => void;
}

export interface StepResult {
  /** what submit_wait returned: bytes of events, or an error */
  result: number;
  /** of each entry of the batch */
  statuses: number[];
}

let wanted: Step | undefined;
let running: Step | undefined;

/** Submits a batch and collects on `port` until `deadline` (ns since boot, 0 polls, -1 for ever); `bytes` overrides the batch's size. */
export function step(
  entries: Entry[],
  port: number,
  deadline: number,
  bytes = -1,
): Promise<StepResult> {
  if (wanted !== undefined) throw new Error("two steps at once");
  return new Promise((done) => {
    wanted = { entries, bytes, port, deadline, done };
  });
}

/** Starts `main` in the first turn; the START event lies in the event area then. */
export function startLoop(
  main: (startBytes: number) => Promise<void>,
  failed: (error: unknown) => void,
): void {
  uusi.turn = (result) => {
    const last = running;
    if (last === undefined) {
      main(result).catch(failed);
      return;
    }
    running = undefined;
    last.done({ result, statuses: readStatuses(last.entries) });
  };
  uusi.flush = () => {
    running = wanted;
    wanted = undefined;
    if (running === undefined) {
      throw new Error("a case waits for something that cannot come");
    }
    uusi.port = running.port;
    uusi.deadline = running.deadline;
    const bytes = writeBatch(running.entries);
    return running.bytes >= 0 ? running.bytes : bytes;
  };
}
