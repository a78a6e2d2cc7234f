// The thread in which a campaign's injections run: an engine whose own code goes round in circles can only be ended with its thread.
import { parentPort, workerData } from "node:worker_threads";
import { builtSystem } from "../../../sdk/sim/system.ts";
import { Injections } from "./in-turn.ts";
import type { Kind } from "./injection.ts";
import { SimSubject } from "./sim-subject.ts";

/** What the thread gets: injections `from` to `to`, that one excluded. */
export interface Work {
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
}

const { from, to, seed, kinds } = workerData as Work;
const system = builtSystem();
const boot = (seed: number) => SimSubject.boot(system, seed);
const injections = new Injections(boot, seed, kinds, system);
for (let index = from; index < to; index++) parentPort?.postMessage(await injections.run(index));
