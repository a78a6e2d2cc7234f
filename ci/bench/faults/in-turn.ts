// Fault injection into a system: one fault after another into servers drawn evenly, beside work that passes through most of them.
// Invariant: before each injection the system works; what an injection left behind without showing it goes with its victim.
import type { SystemImage } from "../../../sdk/sim/system.ts";
import { drawn, type Kind, type Random } from "./injection.ts";
import { MILLISECOND, PATIENCE, SECOND, type Subject, WORK, WORKED } from "./subject.ts";
import { dependents, victims } from "./victims.ts";

/** What came of the injections of one kind. */
export interface Tally {
  injected: number;
  /** the victim ended, or what was asked of the system went wrong or was not answered */
  manifested: number;
  /** processes that ended */
  ends: number;
  /** of these: a new one had been started within 1 s and got ready */
  recovered: number;
  /** ended because they had stopped answering */
  hangs: number;
  /** answers that were wrong or lost though no process ended */
  wrong: number;
  /** others that ended with a server that their manifests say they need */
  dependents: number;
  /** other servers that ended */
  others: number;
  panics: number;
  /** the engine's own code went round in circles, which the simulated machine can't interrupt (on Uusi, init ends such a process) */
  stuck: number;
}

export function fresh(): Tally {
  return {
    injected: 0,
    manifested: 0,
    ends: 0,
    recovered: 0,
    hangs: 0,
    wrong: 0,
    dependents: 0,
    others: 0,
    panics: 0,
    stuck: 0,
  };
}

/** In which an effect must show. */
const WINDOW = 300 * MILLISECOND;
/** In which init must have found a hang (docs/supervision.md: 2 looks and the longest answer). */
const HANG = 30 * SECOND;
const RECOVERY = SECOND;
/** In which a server must be there again, its driver and back-offs included. */
const RUNS = 30 * SECOND;
/** Between two ends of init: a second one within 10 s of taking up its state begins without that by design (docs/supervision.md). */
const INIT_REST = 11 * SECOND;

/** The victim has ended: whether a new one was started and got ready in time; undefined when the console did not come back. */
async function recovered(
  subject: Subject,
  victim: string,
  from: number,
): Promise<boolean | undefined> {
  const again = await subject.until(() => subject.process(victim) !== 0, RECOVERY);
  if (victim === "console") {
    if (!(await subject.logInAgain())) return undefined;
  } else {
    const shows = () => subject.prompt(from) || subject.loggedOut;
    await subject.until(shows, PATIENCE);
    // A session that was being made when init ended is lost with it.
    if (subject.loggedOut && !(await subject.logInAgain())) return undefined;
  }
  return again && subject.runs(victim, RECOVERY);
}

/** One injection. Returns what went wrong beyond repair, "" when the system can go on. */
async function once(
  subject: Subject,
  victim: string,
  kind: Kind,
  needers: ReadonlySet<string>,
  tally: Tally,
  random: Random,
): Promise<string> {
  const rest = subject.initEnded + INIT_REST - subject.now;
  if (victim === "init" && rest > 0) await subject.until(() => false, rest);
  const before = await subject.rows();
  if (before.size === 0) return "the console says no processes";
  const runs = before.get(victim)?.state === "running" || (await subject.runs(victim, RUNS));
  if (!runs) return `${victim} does not run`;
  const injection = await subject.injection(victim, kind, random);
  const process = subject.process(victim);
  const from = subject.text.length;
  subject.type(`${WORK}\n`);
  await subject.until(() => false, random(subject.spread / 1_000) * 1_000);
  await injection.inject();
  let stirred = true;
  const stirring = subject.stir(victim).then((well) => {
    stirred = well;
  });
  const ended = () => subject.process(victim) !== process;
  await subject.until(ended, WINDOW);
  if (!ended()) await subject.until(() => ended() || subject.prompt(from), PATIENCE);
  const answered = subject.prompt(from);
  const right = WORKED.test(subject.text.slice(from));
  let hung = false;
  if (!ended() && !answered) {
    await subject.until(() => ended() || subject.prompt(from), HANG);
    hung = ended();
  }
  if (!injection.done) {
    await subject.until(() => injection.done || ended(), subject.quiet);
    if (injection.done) await subject.until(ended, subject.late);
    hung = ended();
  }
  await stirring;
  await injection.end();
  if (!injection.done) return "";
  tally.injected++;
  if (victim === "init") subject.initEnded = subject.now; // it ends with this fault, or in place of it
  if (subject.dead) {
    tally.panics++;
    tally.manifested++;
    return "the nucleus panicked";
  }
  if (ended()) {
    tally.manifested++;
    tally.ends++;
    if (hung) tally.hangs++;
    const good = await recovered(subject, victim, from);
    if (good === undefined) return "console did not come back";
    if (good) tally.recovered++;
  } else if (!right || !stirred) {
    tally.manifested++;
    tally.wrong++;
    // as a person would
    if (!subject.prompt(from)) subject.type("\x03\x03\x03");
    if (!(await subject.until(() => subject.prompt(from), PATIENCE)))
      return `no answer after a ${kind} in ${victim}`;
  }
  // What did not show is not to show later.
  if (!ended()) {
    subject.kill(victim);
    await subject.until(ended, PATIENCE);
    if ((await recovered(subject, victim, from)) === undefined) return "console did not come back";
  }
  // Its own history, and its part of the system's: else that goes into safe mode after 15 failures in 10 s.
  await subject.ask(`clear ${victim}`);
  if (!(await subject.runs(victim, RUNS))) return `${victim} did not come back`;
  if (!(await subject.works())) return `the system does not work after ${kind} in ${victim}`;
  const others: string[] = [];
  for (const [name, { starts }] of await subject.rows()) {
    if (name === victim || starts === before.get(name)?.starts) continue;
    if (needers.has(name)) tally.dependents++;
    else others.push(name);
  }
  tally.others += others.length;
  return others.length === 0 ? "" : `${kind} in ${victim} ended ${others.join(", ")}`;
}

/** What one injection came to; `failure` is "" when the system went on. */
export interface Outcome {
  readonly index: number;
  readonly kind: Kind;
  readonly victim: string;
  readonly tally: Tally;
  readonly failure: string;
}

/** Injections one after another, booting anew only after one that left the system broken. */
export class Injections {
  readonly #boot: (seed: number) => Promise<Subject>;
  readonly #seed: number;
  readonly #kinds: readonly Kind[];
  readonly #system: SystemImage;
  readonly #victims: readonly string[];
  #subject: Subject | undefined;

  constructor(
    boot: (seed: number) => Promise<Subject>,
    seed: number,
    chosen: readonly Kind[],
    system: SystemImage,
  ) {
    this.#boot = boot;
    this.#seed = seed;
    this.#kinds = chosen;
    this.#system = system;
    this.#victims = victims(system);
  }

  async run(index: number): Promise<Outcome> {
    const { kind, victim, random } = drawn(this.#seed, index, this.#kinds, this.#victims);
    const subject = (this.#subject ??= await this.#boot(this.#seed + index));
    const tally = fresh();
    const needers = dependents(this.#system, victim);
    const why = await once(subject, victim, kind, needers, tally, random).catch(
      (error: unknown) => `${kind} in ${victim}: ${error instanceof Error ? error.message : error}`,
    );
    if (why === "") return { index, kind, victim, tally, failure: "" };
    const end = JSON.stringify(await subject.report());
    await this.#close(subject);
    return {
      index,
      kind,
      victim,
      tally,
      failure: `${index}: ${why}; the output ended with ${end}`,
    };
  }

  /** An injection whose end does not come: its machine is closed, and it counts as a failure. */
  async givenUp(index: number, why: string): Promise<Outcome> {
    const { kind, victim } = drawn(this.#seed, index, this.#kinds, this.#victims);
    await this.close();
    return { index, kind, victim, tally: fresh(), failure: `${index}: ${why}` };
  }

  async #close(subject: Subject): Promise<void> {
    if (this.#subject === subject) this.#subject = undefined;
    await subject.close();
  }

  async close(): Promise<void> {
    if (this.#subject !== undefined) await this.#close(this.#subject);
  }
}
