// The process in which a chapter's injections into the simulated system run: an engine whose own code goes round in circles can only be
// ended with it. It tells each outcome to its parent, and ends with the parent.
import { builtSystem } from "../../../sdk/sim/system.ts";
import { Injections } from "./in-turn.ts";
import type { Work } from "./chapter.ts";
import { SimSubject } from "./sim-subject.ts";

process.on("disconnect", () => process.exit());
const { from, to, seed, kinds } = JSON.parse(process.argv[2]!) as Work;
const system = builtSystem();
const boot = (seed: number) => SimSubject.boot(system, seed);
const injections = new Injections(boot, seed, kinds, system);
for (let index = from; index < to; index++) process.send!(await injections.run(index));
process.disconnect();
