// A machine in QEMU under faults. Invariants: what is done to it from outside goes through its memory while it stands still; every wait is
// by its own clock. Where that counts its instructions a busy host makes nothing late but what an idle machine waits for, whose clock is then the
// host's: QEMU's main thread should have the priority of any other.
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { bootedGuest } from "../../qemu/booted-guest.ts";
import type { Guest } from "../../qemu/guest.ts";
import { GuestClock } from "./guest-clock.ts";
import { GuestMemory } from "./guest-memory.ts";
import { forgetUse, takeText, usedPages } from "./guest-pages.ts";
import type { Kind, Random } from "./injection.ts";
import { NucleusView } from "./nucleus-view.ts";
import { MessageInjection, PageInjection, still, type Ways } from "./qemu-injection.ts";
import { type Injection, MILLISECOND, SECOND, Subject, WORK } from "./subject.ts";

/** ms between two looks at the machine: at first, and of a long wait a part of it. A look reads all processes out of its memory. */
const LOOK = 4;
const PART = 1 / 6;
const LONGEST_LOOK = 25;
/** ms until the first look at its clock; what is shorter is waited for by the host's. It is not looked at before it can have come far enough. */
const TICK = 100;
/** ms between two looks at the most, since it wraps. */
const LONGEST_TICK = 2_000;
/** In which a request over the line to the host is answered: init waits half a second for a server's own answer. */
const ANSWERED = 1.5 * SECOND;
/** ms of the host in which a session is there, and in which it ends of itself: far behind what the machine's own clock allows. */
const OPENED = 60_000;
/** In which a server must be there again, its driver and back-offs included. */
const BACK = 30 * SECOND;
/** The servers without which that line is none. */
const isLine = (server: string) => server === "dev" || server === "virtio-serial";
/** Servers that are idle but for what init tells them. */
const WITNESSES = ["i8042", "random"];
/** Pieces of the log that are read, whose ring has 32 KiB, and characters of its end that are kept. */
const LOG_PARTS = 20;
const LOG_END = 3_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** What lets the host into its memory (guest-memory.ts), and to its servers. */
const machine = {
  sharedMemory: true,
  channel: true,
  memory: "512M,slots=1,maxmem=1G",
} as const;

export class QemuSubject extends Subject {
  readonly quiet = 2 * SECOND;
  readonly spread = 8 * MILLISECOND;
  readonly late = SECOND;
  readonly #ways: Ways;
  #line: Promise<Connection> | undefined;

  private constructor(ways: Ways) {
    super();
    this.#ways = ways;
  }

  /** @param counted the machine's clock is that of its instructions; its firmware takes a minute then, once for each build */
  static async boot(counted: boolean): Promise<QemuSubject> {
    const icount = counted ? "idle" : false;
    const guest = await bootedGuest({
      machine: { ...machine, icount },
      options: { netd_wait: "30000" },
    });
    try {
      const memory = await GuestMemory.open(guest);
      const view = await NucleusView.open(guest, memory);
      const ways = { guest, memory, view, clock: new GuestClock(guest) };
      return await QemuSubject.#login(guest, ways);
    } catch (error) {
      await guest.close();
      throw error;
    }
  }

  static async #login(guest: Guest, ways: Ways): Promise<QemuSubject> {
    guest.type("\n");
    await guest.expect(/login: $/);
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    return new QemuSubject(ways);
  }

  get text(): string {
    return this.#ways.guest.transcript.text;
  }

  get now(): number {
    return this.#ways.view.latest();
  }

  /** The host's: while the machine waits its clock goes with that, and else slower. */
  get lapse(): number {
    return performance.now() * MILLISECOND;
  }

  get dead(): boolean {
    return this.text.includes("UUSI PANIC");
  }

  type(text: string): void {
    this.#ways.guest.type(text);
  }

  async until(done: () => boolean, ns: number): Promise<boolean> {
    const begun = performance.now();
    let first: number | undefined;
    for (let due = begun + Math.min(ns / MILLISECOND, TICK); ; ) {
      if (done()) return true;
      if (performance.now() >= due) {
        if (ns < TICK * MILLISECOND) return false;
        const now = await this.#ways.clock.read();
        first ??= now;
        const left = (first + ns - now) / MILLISECOND;
        if (left <= 0) return false;
        due = performance.now() + Math.max(LOOK, Math.min(left, LONGEST_TICK));
      }
      await pause(Math.max(LOOK, Math.min(LONGEST_LOOK, (performance.now() - begun) * PART)));
    }
  }

  async wait(ns: number): Promise<void> {
    if (ns < TICK * MILLISECOND) return pause(ns / MILLISECOND);
    const { clock } = this.#ways;
    for (let left = ns, at = await clock.read(); left > 0; ) {
      await pause(Math.min(left / MILLISECOND, LONGEST_TICK));
      const now = await clock.read();
      left -= now - at;
      at = now;
    }
  }

  processes(): ReadonlyMap<string, number> {
    return new Map(this.#ways.view.processes().map(({ name, id }) => [name, id]));
  }

  async injection(server: string, kind: Kind, random: Random): Promise<Injection> {
    const { view, memory } = this.#ways;
    const victim = view.processes().find(({ name }) => name === server);
    if (victim === undefined) throw new Error(`${server} does not run`);
    if (kind === "message dropped" || kind === "message corrupted")
      return new MessageInjection(this.#ways, victim, kind, random);
    if (kind === "crash") return new PageInjection(this.#ways, victim, kind, new Set(), random);
    await still(this.#ways, () => forgetUse(memory, victim.space));
    await this.ask(WORK);
    await this.stir(server);
    const used = await still(this.#ways, () => usedPages(memory, victim.space));
    return new PageInjection(this.#ways, victim, kind, used, random);
  }

  /** Asks it over the line to the host what it waits for. */
  async stir(server: string): Promise<boolean> {
    if (server === "init") return (await this.#request("uptime", {})) !== undefined;
    const answer = await this.#request("waits", { server });
    if (isLine(server)) return true;
    return answer?.["answers"] === true;
  }

  /** By way of the line to the host, or by the console where that line is the victim. */
  kill(server: string): void {
    if (server === "init") void this.#take(server);
    else if (isLine(server)) this.type(`kill ${server}\n`);
    else void this.#request("kill", { server });
  }

  /** Ends a process that no session may. */
  async #take(server: string): Promise<void> {
    const { view, memory } = this.#ways;
    const { space } = view.processes().find(({ name }) => name === server)!;
    await still(this.#ways, () => takeText(memory, space));
    await this.stir(server);
  }

  /** Over the line to the host, which does not wait for what the console is asked meanwhile. */
  override async states(without: string): Promise<Map<string, string>> {
    if (isLine(without)) return super.states(without);
    const states = new Map<string, string>();
    for (let from = 0; ; ) {
      const page = await this.#request("processes", { from });
      const rows = page?.["processes"] as { name: string; state: string }[] | undefined;
      for (const { name, state } of rows ?? []) states.set(name, state);
      from += rows?.length ?? 0;
      if (page?.["more"] !== true || rows?.length === 0) return states;
    }
  }

  override async clear(server: string): Promise<void> {
    if (isLine(server)) await super.clear(server);
    else await this.#request("clear", { server });
  }

  async back(victim: string, from: number, end: number): Promise<number | undefined> {
    // What was asked of an init that has ended may never be answered, and what is asked behind it waits for that.
    if (victim === "init") this.#hangUp();
    let away = isLine(victim) ? undefined : await this.#ready(victim);
    let ready = this.#readyAt(victim, end);
    if (!(await this.prompted(victim, from))) return undefined;
    if (isLine(victim)) {
      away = await this.runs([victim], BACK, victim);
      ready = this.#readyAt(victim, end);
    }
    if (away !== undefined) return Infinity;
    // Between two looks at the machine it may have lived on: init knows when it ended.
    const exact = ready - end > SECOND ? await this.#endOf(victim) : end;
    return ready - Math.max(end, exact);
  }

  /**
   * The latest moment at which the victim, which runs, can have got ready: that at which it last did something. Of init, that at which those
   * did something who do so when it goes on (docs/supervision.md) and hardly ever else.
   */
  #readyAt(victim: string, end: number): number {
    const { view } = this.#ways;
    const telling = victim === "init" ? WITNESSES : [victim];
    const those = view.processes().filter(({ name }) => telling.includes(name));
    const at = Math.max(...those.map((process) => view.since(process)));
    return at > end ? at : this.now;
  }

  /** When a process of the server last ended, ns since boot; 0 not known. */
  async #endOf(victim: string): Promise<number> {
    for (let from = 0; ; ) {
      const page = await this.#request("servers", { from });
      const rows = page?.["servers"] as { name: string; ended: number }[] | undefined;
      const row = rows?.find(({ name }) => name === victim);
      if (row !== undefined) return row.ended;
      from += rows?.length ?? 0;
      if (page?.["more"] !== true || rows?.length === 0) return 0;
    }
  }

  override async report(): Promise<string> {
    const said = await super.report();
    let log = "";
    for (let position = 0, parts = 0; parts < LOG_PARTS; parts++) {
      const part = await this.#request("log", { position });
      if (part === undefined || part["next"] === position) break;
      position = part["next"] as number;
      log += part["text"] as string;
    }
    return `${said}\n${log.slice(-LOG_END)}`;
  }

  async #ready(victim: string): Promise<string | undefined> {
    await this.until(() => this.process(victim) !== 0, BACK);
    return this.runs([victim], BACK);
  }

  async #request(
    call: string,
    fields: Record<string, unknown>,
  ): Promise<Record<string, unknown> | undefined> {
    let over = false;
    const asking = this.#ask(call, fields).then(
      (reply) => reply,
      () => undefined, // the victim is on the way
    );
    const answered = asking.finally(() => {
      over = true;
    });
    const late = this.until(() => over, ANSWERED).then(() => undefined);
    const reply = await Promise.race([answered, late]);
    if (!over) this.#hangUp();
    return reply;
  }

  async #ask(call: string, fields: Record<string, unknown>): Promise<Record<string, unknown>> {
    this.#line ??= Connection.open(this.#ways.guest.channel, OPENED);
    const line = this.#line;
    try {
      return await (await line).ask(call, fields);
    } catch (error) {
      if (this.#line === line) this.#hangUp();
      throw error;
    }
  }

  /** The next request opens the line anew. */
  #hangUp(): void {
    this.#line?.then(
      (line) => line.close(),
      () => undefined,
    );
    this.#line = undefined;
  }

  async close(): Promise<void> {
    this.#hangUp();
    const { guest, memory } = this.#ways;
    await guest.close();
    memory.close();
  }
}
