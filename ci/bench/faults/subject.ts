// A logged-in system that faults are put into, and what is asked of it: the same for the simulated nucleus and for QEMU.
// Invariant: all that a campaign knows of the system but which processes live comes through its console, as a person sees it.
import type { Kind, Random } from "./injection.ts";

export const MILLISECOND = 1e6;
export const SECOND = 1e9;
/** After which a lost answer is looked at as lost. */
export const PATIENCE = 5 * SECOND;
const PROMPT = /leivos\$ $/;
const LOGIN = /leivos login: $/;
const PASSWORD = /Password: $/;
/** In which a console that was lost must have a prompt again. */
const LOGGED_IN = 30 * SECOND;
/** In which the work must be done again: netd asks for an address four times in that time. */
const WORKS = 30 * SECOND;
/** Characters of what is typed: behind them comes the answer. */
const ECHO = 4;
/** What passes through most servers. */
export const WORK = "ping 10.0.2.2 1";
export const WORKED = /1 sent, 1 received/;

/** A fault on its way into a server. */
export interface Injection {
  /** whether it has happened */
  readonly done: boolean;
  /** Now; a fault of a message waits for the next that the server sends. */
  inject(): Promise<void>;
  /** Nothing of it happens any more. */
  end(): Promise<void>;
}

export abstract class Subject {
  /** when init was last back from an end */
  initEnded = -Infinity;
  /** how long an idle server may take to say something, ns; before that a fault of its messages can't happen */
  abstract readonly quiet: number;
  /** ns within which the work is on its way */
  abstract readonly spread: number;
  /** how long to wait for the end of a server that said something wrong, or nothing, after the work */
  abstract readonly late: number;
  /** all that the serial line has said */
  abstract get text(): string;
  /** ns, as the system last noted them */
  abstract get now(): number;
  /** A clock, ns, that costs nothing to read and runs no slower than the system's. */
  abstract get lapse(): number;
  /** the nucleus has ended */
  abstract get dead(): boolean;
  abstract type(text: string): void;
  /** Runs until `done`, at most `ns`; whether it is done. */
  abstract until(done: () => boolean, ns: number): Promise<boolean>;
  /** Lets time pass. */
  abstract wait(ns: number): Promise<void>;
  /** Which process (or thread) each server is now. */
  abstract processes(): ReadonlyMap<string, number>;
  /** A fault for a server that runs. */
  abstract injection(server: string, kind: Kind, random: Random): Promise<Injection>;
  /** Makes an idle server do something, if this system can do that from outside; false when it did not answer as it should. */
  abstract stir(server: string): Promise<boolean>;
  /** Ends a server's process. */
  abstract kill(server: string): void;
  abstract close(): Promise<void>;

  /** The process that a server is; 0 none. */
  process(server: string): number {
    return this.processes().get(server) ?? 0;
  }

  /** The output since `from` ends with a prompt. */
  prompt(from: number): boolean {
    return PROMPT.test(this.text.slice(from));
  }

  /** The console asks for an account. */
  get loggedOut(): boolean {
    return LOGIN.test(this.text.slice(-40));
  }

  /** A command's output, undefined when it did not come. */
  async ask(line: string): Promise<string | undefined> {
    const from = this.text.length;
    this.type(`${line}\n`);
    return (await this.until(() => this.prompt(from), PATIENCE))
      ? this.text.slice(from)
      : undefined;
  }

  /** What state each server is in, as init says it; empty when no answer came. `without`: a server that may be out of order. */
  async states(_without: string): Promise<Map<string, string>> {
    const states = new Map<string, string>();
    for (let tries = 0; tries < 3 && states.size === 0; tries++) {
      // after a start afresh there is no session
      if (this.loggedOut && !(await this.logInAgain())) return states;
      const text = (await this.ask("ps")) ?? "";
      for (const line of text.split(/\r?\n/)) {
        const row = line.trim().split(/\s{2,}/);
        if (row.length > 5 && row[0] !== "ID" && Number(row.at(-1)) > 0)
          states.set(row[1]!, row[2]!);
      }
    }
    return states;
  }

  /** Forgets the server's restarts. */
  async clear(server: string): Promise<void> {
    await this.ask(`clear ${server}`);
  }

  /**
   * The victim has ended. Waits until it is there again, ready, and the console has a prompt again; ns from its end to that, undefined when
   * it did not come.
   * @param alive when it was last seen alive
   */
  abstract back(victim: string, from: number, alive: number): Promise<number | undefined>;

  /** Waits until the console has a prompt again after the end of a server; whether it did. */
  async prompted(victim: string, from: number): Promise<boolean> {
    if (victim === "console") return this.logInAgain();
    await this.until(() => this.prompt(from) || this.loggedOut, PATIENCE);
    // A session that was being made when init ended is lost with it.
    return !this.loggedOut || this.logInAgain();
  }

  /** The console was lost, and with it the session; what was typed for the old one may reach the new one. Whether it has a prompt again. */
  async logInAgain(): Promise<boolean> {
    const shows = (what: RegExp) => what.test(this.text.slice(-40));
    const asks = () => shows(LOGIN) || shows(PASSWORD) || shows(PROMPT);
    const end = this.now + LOGGED_IN;
    // the old one's prompt may be the last that was said
    if (!(await this.until(() => shows(LOGIN) || shows(PASSWORD), LOGGED_IN))) return false;
    while (await this.until(asks, end - this.now)) {
      if (shows(PROMPT)) return true;
      const length = this.text.length;
      this.type("dev\n");
      await this.until(() => this.text.length > length + ECHO && asks(), end - this.now);
    }
    return false;
  }

  /** Waits until all these servers run; the one that does not. */
  async runs(servers: readonly string[], ns: number, without = ""): Promise<string | undefined> {
    const end = this.now + ns;
    for (;;) {
      const states = await this.states(without);
      const away = servers.find((each) => each !== "init" && states.get(each) !== "running");
      if (states.size > 0 && away === undefined) return undefined;
      if (this.now >= end || this.dead) return away ?? "init";
      await this.wait(20 * MILLISECOND);
    }
  }

  /** What can be known of a system that is broken. */
  async report(): Promise<string> {
    const said = this.text.slice(-300);
    if (!this.prompt(0)) await this.interrupt();
    const known = [await this.ask("ps"), await this.ask("log init")];
    return [said, ...known].map((each) => each?.slice(-1500) ?? "no answer").join("\n");
  }

  /** Whether the work is done as it should be, at last; a command that does not end is ended as a person would. */
  async works(): Promise<boolean> {
    for (const end = this.now + WORKS; ; ) {
      const text = await this.ask(WORK);
      if (WORKED.test(text ?? "")) return true;
      if (text === undefined) await this.interrupt();
      if (this.now >= end || this.dead) return false;
      await this.wait(SECOND / 2);
    }
  }

  /** The third one leaves a command that does not end; whether there is a prompt. */
  async interrupt(): Promise<boolean> {
    const from = this.text.length;
    this.type("\x03\x03\x03");
    return this.until(() => this.prompt(from), PATIENCE);
  }
}
