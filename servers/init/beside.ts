// The process of new code while it stands beside the running one: how it ended, if it did.
// Invariant: once `end` has come back the process is gone, and whatever it had borrowed is back.
import { errors, exits } from "../../sdk/abi/table.ts";
import type { ExitReport, Process } from "../../sdk/runtime/process.ts";
import { describeExit } from "./exit-report.ts";
import { lastEnd } from "./last-end.ts";
import type { Machine } from "./machine.ts";

/** Exit code of what init kills. */
const KILLED = 137;

export class Beside {
  readonly #process: Process;
  #standing = false;
  /** how it ended by itself */
  #said: string | undefined;
  #killed = false;
  readonly #gone: Promise<void>;

  /** `ended` hears of its end once it stands. */
  constructor(
    machine: Machine,
    name: string,
    process: Process,
    ended: (report: ExitReport) => void,
  ) {
    this.#process = process;
    this.#gone = new Promise((resolve) => {
      process.onExit((report) => {
        if (this.#standing) {
          ended(report);
          return;
        }
        const { place, why } = lastEnd(machine.log, name, report, describeExit(report, undefined));
        // the nucleus ends an init that is not well in time (succession.ts): that is no word of its own
        const late = report.reason === exits.KILLED && report.code === errors.TIMED_OUT[0];
        if (!this.#killed && !late) this.#said = place === "" ? why : place;
        process.close();
        resolve();
      });
    });
  }

  /** When it has ended without having stood: what it said itself, if anything. */
  async over(): Promise<string | undefined> {
    await this.#gone;
    return this.#said;
  }

  /** It has taken the other's place. */
  stands(): void {
    this.#standing = true;
  }

  /** Ends it; what it said itself, if it had ended before. */
  async end(): Promise<string | undefined> {
    this.#killed = !this.#process.closed && this.#running();
    this.#process.kill(KILLED);
    await this.#gone;
    return this.#said;
  }

  #running(): boolean {
    const info = this.#process.info();
    return !("sentence" in info) && info.state < 2;
  }
}
