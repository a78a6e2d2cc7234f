// Fault injection into a system: one fault after another into servers drawn evenly, beside work that passes through most of them.
// Invariant: before each injection the system works; what an injection left behind without showing it goes with its victim.
import type { SystemImage } from "../../../sdk/sim/system.ts";
import { type Drawn, drawn, type Kind } from "./injection.ts";
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
const WINDOW = 200 * MILLISECOND;
/** In which init must have found a hang (docs/supervision.md: 2 looks and the longest answer). */
const HANG = 30 * SECOND;
const RECOVERY = SECOND;
/** In which a server must be there again, its driver and back-offs included. */
const RUNS = 30 * SECOND;
/** From init's return to its next end: a second one within 10 s of taking up its state begins without that by design (docs/supervision.md). */
const INIT_REST = 10.5 * SECOND;

/** What one injection did, beside its numbers: what went wrong beyond repair, ns from the victim's end until it was back, and what was known
 * when that was late. */
interface Course {
  why: string;
  took?: number;
  late?: string;
}

async function once(
  subject: Subject,
  { victim, kind, random }: Drawn,
  servers: readonly string[],
  needers: ReadonlySet<string>,
  tally: Tally,
): Promise<Course> {
  const rest = subject.initEnded + INIT_REST - subject.now;
  if (victim === "init" && rest > 0) await subject.wait(rest);
  const before = subject.processes();
  const process = before.get(victim);
  if (process === undefined) return { why: `${victim} does not run` };
  const injection = await subject.injection(victim, kind, random);
  const from = subject.text.length;
  subject.type(`${WORK}\n`);
  await subject.wait(random(subject.spread / 1_000) * 1_000);
  await injection.inject();
  const injected = subject.now;
  let seen = subject.lapse;
  let end: number | undefined;
  const ended = () => {
    if (subject.process(victim) === process) {
      seen = subject.lapse;
      return false;
    }
    // at the earliest
    end ??= Math.max(injected, subject.now - (subject.lapse - seen));
    return true;
  };
  let stirred = true;
  const stirring = subject.stir(victim).then(
    (well) => {
      stirred = well;
    },
    () => {
      stirred = false;
    },
  );
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
  if (!ended()) await stirring;
  await injection.end();
  if (!injection.done) return { why: "" };
  tally.injected++;
  if (subject.dead) {
    tally.panics++;
    tally.manifested++;
    return { why: "the nucleus panicked" };
  }
  const course: Course = { why: "" };
  if (ended()) {
    tally.manifested++;
    tally.ends++;
    if (hung) tally.hangs++;
    const took = await subject.back(victim, from, end ?? injected);
    if (took === undefined) return { why: "console did not come back" };
    course.took = took;
    if (took <= RECOVERY) tally.recovered++;
    else course.late = await subject.report();
  } else if (!right || !stirred) {
    tally.manifested++;
    tally.wrong++;
    // as a person would
    if (!subject.prompt(from) && !(await subject.interrupt()))
      return { why: `no answer after a ${kind} in ${victim}` };
  }
  // What did not show is not to show later.
  if (!ended()) {
    subject.kill(victim);
    await subject.until(ended, PATIENCE);
    if ((await subject.back(victim, from, end ?? injected)) === undefined)
      return { ...course, why: "console did not come back" };
  }
  if (victim === "init") subject.initEnded = subject.now;
  // Its own history, and its part of the system's: else that goes into safe mode after 15 failures in 10 s.
  await subject.clear(victim);
  const away = await subject.runs(servers, RUNS);
  if (away !== undefined) return { ...course, why: `${away} did not come back` };
  if (!(await subject.works()))
    return { ...course, why: `the system does not work after ${kind} in ${victim}` };
  const others: string[] = [];
  const after = subject.processes();
  for (const name of servers) {
    if (name === victim || before.get(name) === after.get(name)) continue;
    if (needers.has(name)) tally.dependents++;
    else others.push(name);
  }
  tally.others += others.length;
  if (others.length > 0) course.why = `${kind} in ${victim} ended ${others.join(", ")}`;
  return course;
}

/** What one injection came to; `failure` is "" when the system went on. */
export interface Outcome {
  readonly index: number;
  readonly kind: Kind;
  readonly victim: string;
  readonly tally: Tally;
  readonly failure: string;
  /** ms from the victim's end until it was ready again; absent when it did not end, null when it did not come back in time */
  readonly took?: number | null;
  /** what was known of the system when that was too late */
  readonly late?: string;
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
    const fault = drawn(this.#seed, index, this.#kinds, this.#victims);
    const { kind, victim } = fault;
    const subject = (this.#subject ??= await this.#begin(this.#seed + index));
    const tally = fresh();
    const needers = dependents(this.#system, victim);
    const course: Course = await once(subject, fault, this.#victims, needers, tally).catch(
      (error: unknown) => ({
        why: `${kind} in ${victim}: ${error instanceof Error ? error.message : error}`,
      }),
    );
    const { why, took, late } = course;
    const ms = {
      ...(took === undefined ? {} : { took: took === Infinity ? null : took / MILLISECOND }),
      ...(late === undefined ? {} : { late }),
    };
    if (why === "") return { index, kind, victim, tally, failure: "", ...ms };
    const end = JSON.stringify(await subject.report());
    await this.#close(subject);
    const failure = `${index}: ${why}; the output ended with ${end}`;
    return { index, kind, victim, tally, failure, ...ms };
  }

  /** A system all of whose servers run. */
  async #begin(seed: number): Promise<Subject> {
    const subject = await this.#boot(seed);
    const away = await subject.runs(this.#victims, RUNS);
    if (away === undefined) return subject;
    await subject.close();
    throw new Error(`${away} does not run in a machine that was just started`);
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
