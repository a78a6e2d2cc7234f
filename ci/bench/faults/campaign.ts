// A campaign of fault injection, and what came of it by kind. In the simulated system the injections run in a thread that is watched.
import { Worker } from "node:worker_threads";
import { builtSystem } from "../../../sdk/sim/system.ts";
import { fresh, Injections, type Outcome, type Tally } from "./in-turn.ts";
import { type Kind, kindOf, kinds, simKinds } from "./injection.ts";
import { QemuSubject } from "./qemu-subject.ts";
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

function start(settings: CampaignSettings, chosen: readonly Kind[]) {
  const tallies = new Map<Kind, Tally>(chosen.map((kind) => [kind, fresh()]));
  const failures: string[] = [];
  const took = ({ kind, tally, failure }: Outcome) => {
    const sum = tallies.get(kind)!;
    for (const key of Object.keys(tally) as (keyof Tally)[]) sum[key] += tally[key];
    if (failure !== "") failures.push(failure);
  };
  const say = (done: number) => settings.say?.(`faults: ${done} of ${settings.size}`);
  return { tallies, failures, took, say };
}

/** Runs `size` injections into the built system on the simulated nucleus. The same seed gives the same injections. */
export async function campaign(settings: CampaignSettings): Promise<Campaign> {
  const { size, seed, kinds: chosen = simKinds } = settings;
  const { tallies, failures, took, say } = start(settings, chosen);
  let done = 0;
  while (done < size) {
    done += await inThread({ from: done, to: size, seed, kinds: chosen }, took);
    if (done < size) {
      const tally = tallies.get(kindOf(seed, done, chosen))!;
      tally.injected++;
      tally.manifested++;
      tally.stuck++;
      done++;
    }
    say(done);
  }
  return { tallies, failures };
}

/** The same in QEMU. The seed gives the same victims, kinds and places, but the machine is not at the same point. */
export async function qemuCampaign(settings: CampaignSettings): Promise<Campaign> {
  const { size, seed, kinds: chosen = kinds } = settings;
  const { tallies, failures, took, say } = start(settings, chosen);
  const injections = new Injections(() => QemuSubject.boot(), seed, chosen, builtSystem());
  try {
    for (let index = 0; index < size; index++) {
      took(await injections.run(index));
      if (index % 20 === 19) say(index + 1);
    }
  } finally {
    await injections.close();
  }
  return { tallies, failures };
}
