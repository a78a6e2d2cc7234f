// A campaign of fault injection: its injections run in a thread that is watched, and what came of them is added up by kind.
import { Worker } from "node:worker_threads";
import { builtSystem } from "../../../sdk/sim/system.ts";
import { fresh, Injections, type Outcome, type Tally } from "./in-turn.ts";
import { type Kind, kinds } from "./injection.ts";
import type { Work } from "./worker.ts";

export interface Campaign {
  readonly tallies: ReadonlyMap<Kind, Tally>;
  /** injections after which the system did not go on by itself, one line each */
  readonly failures: readonly string[];
}

export interface CampaignSettings {
  readonly size: number;
  readonly seed: number;
  readonly kinds?: readonly Kind[];
  readonly say?: (line: string) => void;
}

/** An injection takes well below a second; whoever says nothing for so long goes round in circles. */
const STUCK_MS = 30_000;

/** Runs injections in a thread until it has done all or says nothing more; returns how many it did. */
function inThread(work: Work, took: (outcome: Outcome) => void): Promise<number> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: work });
  return new Promise((resolve, reject) => {
    let done = 0;
    const end = () => {
      clearTimeout(watch);
      void worker.terminate().then(() => resolve(done));
    };
    const watch = setTimeout(end, STUCK_MS);
    worker.on("message", (outcome: Outcome) => {
      done++;
      watch.refresh();
      took(outcome);
    });
    worker.on("error", reject);
    worker.on("exit", end);
  });
}

/** Runs `size` injections into the built system. The same seed gives the same injections. */
export async function campaign(settings: CampaignSettings): Promise<Campaign> {
  const { size, seed, kinds: chosen = kinds, say = () => {} } = settings;
  const tallies = new Map<Kind, Tally>(chosen.map((kind) => [kind, fresh()]));
  const failures: string[] = [];
  const names = new Injections(builtSystem(), seed, chosen);
  let done = 0;
  while (done < size) {
    done += await inThread({ from: done, to: size, seed, kinds: chosen }, (outcome) => {
      const tally = tallies.get(outcome.kind)!;
      for (const key of Object.keys(tally) as (keyof Tally)[]) tally[key] += outcome.tally[key];
      if (outcome.failure !== "") failures.push(outcome.failure);
    });
    if (done < size) {
      const tally = tallies.get(names.kind(done))!;
      tally.injected++;
      tally.manifested++;
      tally.stuck++;
      done++;
    }
    say(`faults: ${done} of ${size}`);
  }
  return { tallies, failures };
}
