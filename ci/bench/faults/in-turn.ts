// Fault injection into the simulated system: one fault after another into servers drawn evenly, beside work that passes through most of them.
// Invariant: before each injection the system works; what an injection left behind without showing it goes with its victim.
import { SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { standingServers } from "../../../sdk/sim/testing/standing.ts";
import type { SystemImage } from "../../../sdk/sim/system.ts";
import { Injection, type Kind, type Random, randomNumbers } from "./injection.ts";

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
  /** drivers that ended because their bus did: they lose their devices with it */
  drivers: number;
  /** other servers that ended */
  others: number;
  panics: number;
  /** the engine's own code went round in circles, which the simulated machine can't interrupt (on Uusi, init ends such a process) */
  stuck: number;
}

const MILLISECOND = 1e6;
const SECOND = 1e9;
/** In which an effect must show. */
const WINDOW = 300 * MILLISECOND;
/** After which a lost answer is looked at as lost. */
const PATIENCE = 5 * SECOND;
/** In which init must have found a hang (docs/supervision.md: 2 looks and the longest answer). */
const HANG = 30 * SECOND;
/** In which even an idle server says something: init asks it once a minute. */
const QUIET = 70 * SECOND;
const RECOVERY = SECOND;
const PROMPT = /leivos\$ $/;
const LOGIN = /leivos login: $/;
const BUS = "pci";
const WORK = "ping 10.0.2.2 1";

interface Row {
  readonly state: string;
  readonly starts: number;
}

/** A guest that is logged in, and what is asked of it. */
class Subject {
  readonly guest: SimGuest;
  constructor(guest: SimGuest) {
    this.guest = guest;
  }

  static async boot(system: SystemImage, seed: number): Promise<Subject> {
    const guest = await SimGuest.boot({ ...system, seed });
    await guest.login();
    return new Subject(guest);
  }

  get now(): number {
    return this.guest.machine.now;
  }

  get dead(): boolean {
    return this.guest.machine.stop === "panic";
  }

  thread(server: string): number {
    return this.guest.machine.servers().get(server)?.id ?? 0;
  }

  /** Runs until `done`, at most `ns`; whether it is done. */
  async until(done: () => boolean, ns: number): Promise<boolean> {
    await this.guest.machine.run(() => done() || this.dead, this.now + ns);
    return done();
  }

  /** The output since `from` ends with a prompt. */
  prompt(from: number): boolean {
    return PROMPT.test(this.guest.text.slice(from));
  }

  /** A command's output, undefined when it did not come. */
  async ask(line: string): Promise<string | undefined> {
    const from = this.guest.text.length;
    this.guest.type(`${line}\n`);
    return (await this.until(() => this.prompt(from), PATIENCE))
      ? this.guest.text.slice(from)
      : undefined;
  }

  async rows(): Promise<Map<string, Row>> {
    const text = (await this.ask("ps")) ?? "";
    const cells = text.split(/\r?\n/).map((line) => line.trim().split(/\s{2,}/));
    return new Map(
      cells.flatMap((row) =>
        row.length > 5 && row[0] !== "ID" && Number(row.at(-1)) > 0
          ? [[row[1]!, { state: row[2]!, starts: Number(row.at(-1)) }]]
          : [],
      ),
    );
  }

  /** The console was lost, and with it the session. */
  async logInAgain(): Promise<boolean> {
    const { guest } = this;
    const asked = (what: RegExp) => {
      const from = guest.text.length;
      return this.until(() => what.test(guest.text.slice(from)), PATIENCE);
    };
    const from = guest.text.length - 40;
    if (!(await this.until(() => LOGIN.test(guest.text.slice(Math.max(from, 0))), PATIENCE)))
      return false;
    guest.type("dev\n");
    if (!(await asked(/Password: $/))) return false;
    guest.type("dev\n");
    return asked(PROMPT);
  }

  /** Waits until the server runs and its history is forgotten; whether it did in time. */
  async runs(server: string, ns: number): Promise<boolean> {
    const end = this.now + ns;
    for (;;) {
      if ((await this.rows()).get(server)?.state === "running") return true;
      if (this.now >= end || this.dead) return false;
      await this.until(() => false, 20 * MILLISECOND);
    }
  }

  /** Whether the work is done as it should be, at last. */
  async works(): Promise<boolean> {
    for (let i = 0; i < 10; i++) {
      if (/1 sent, 1 received/.test((await this.ask(WORK)) ?? "")) return true;
      await this.until(() => false, SECOND / 2);
    }
    return false;
  }
}

export function fresh(): Tally {
  return {
    injected: 0,
    manifested: 0,
    ends: 0,
    recovered: 0,
    hangs: 0,
    wrong: 0,
    drivers: 0,
    others: 0,
    panics: 0,
    stuck: 0,
  };
}

/** One injection. Returns what went wrong beyond repair, "" when the system can go on. */
async function once(
  subject: Subject,
  victim: string,
  kind: Kind,
  tally: Tally,
  random: Random,
): Promise<string> {
  const { guest } = subject;
  const { machine } = guest;
  const before = await subject.rows();
  const thread = subject.thread(victim);
  const injection = new Injection(machine, victim, kind, random);
  const from = guest.text.length;
  guest.type(`${WORK}\n`);
  await subject.until(() => false, random(20_000) * 1_000);
  injection.inject();
  const ended = () => subject.thread(victim) !== thread;
  await subject.until(ended, WINDOW);
  if (!ended()) await subject.until(() => ended() || subject.prompt(from), PATIENCE);
  const answered = subject.prompt(from);
  const right = /1 sent, 1 received/.test(guest.text.slice(from));
  let hung = false;
  if (!ended() && !answered) {
    await subject.until(() => ended() || subject.prompt(from), HANG);
    hung = ended();
  }
  if (!injection.done) {
    await subject.until(() => injection.done || ended(), QUIET);
    await subject.until(ended, HANG);
    hung = ended();
    if (!injection.done) return "";
  }
  tally.injected++;
  machine.onSubmit = () => {};
  if (subject.dead) {
    tally.panics++;
    tally.manifested++;
    return "the nucleus panicked";
  }
  if (ended()) {
    tally.manifested++;
    tally.ends++;
    if (hung) tally.hangs++;
    const again = await subject.until(() => subject.thread(victim) !== 0, RECOVERY);
    if (victim === "console") {
      if (!(await subject.logInAgain())) return "console did not come back";
    } else await subject.until(() => subject.prompt(from), PATIENCE);
    if (again && (await subject.runs(victim, RECOVERY))) tally.recovered++;
  } else if (!right) {
    tally.manifested++;
    tally.wrong++;
    // as a person would
    if (!subject.prompt(from)) guest.type("\x03\x03\x03");
    if (!(await subject.until(() => subject.prompt(from), PATIENCE)))
      return `no answer after a ${kind} in ${victim}`;
  }
  // What did not show is not to show later.
  if (!ended()) {
    machine.servers().get(victim)?.crash();
    if (victim === "console") {
      if (!(await subject.logInAgain())) return "console did not come back";
    } else await subject.until(() => subject.prompt(from), PATIENCE);
  }
  await subject.ask(`clear ${victim}`);
  if (!(await subject.runs(victim, 30 * SECOND))) return `${victim} did not come back`;
  if (!(await subject.works())) return `the system does not work after a ${kind} in ${victim}`;
  for (const [name, { starts }] of await subject.rows()) {
    if (name === victim || starts === before.get(name)?.starts) continue;
    if (victim === BUS) tally.drivers++;
    else tally.others++;
  }
  return "";
}

/** What one injection came to; `failure` is "" when the system could go on. */
export interface Outcome {
  readonly kind: Kind;
  readonly tally: Tally;
  readonly failure: string;
}

/** Injections one after another, booting anew only after one that left the system broken. */
export class Injections {
  readonly #system: SystemImage;
  readonly #seed: number;
  readonly #kinds: readonly Kind[];
  readonly #victims: readonly string[];
  #subject: Subject | undefined;

  constructor(system: SystemImage, seed: number, chosen: readonly Kind[]) {
    this.#system = system;
    this.#seed = seed;
    this.#kinds = chosen;
    this.#victims = standingServers(system).filter((name) => name !== "init");
  }

  #random(index: number): Random {
    return randomNumbers(Math.imul(this.#seed, 0x9e3779b1) + Math.imul(index + 1, 0x85ebca6b));
  }

  /** The kind of injection number `index`. */
  kind(index: number): Kind {
    return this.#kinds[this.#random(index)(this.#kinds.length)]!;
  }

  async run(index: number): Promise<Outcome> {
    const random = this.#random(index);
    const kind = this.#kinds[random(this.#kinds.length)]!;
    const victim = this.#victims[random(this.#victims.length)]!;
    const subject = (this.#subject ??= await Subject.boot(this.#system, this.#seed + index));
    const tally = fresh();
    const why = await once(subject, victim, kind, tally, random);
    if (why === "") return { kind, tally, failure: "" };
    this.#subject = undefined;
    const end = JSON.stringify(subject.guest.text.slice(-200));
    return { kind, tally, failure: `${index}: ${why}; the output ended with ${end}` };
  }
}
