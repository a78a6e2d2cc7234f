// A machine in QEMU under faults. Invariants: what is done to it from outside goes through its memory while it stands still; its clock counts
// its instructions, and every wait is by that clock, so that a busy host makes nothing late.
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
const PART = 1 / 8;
const LONGEST_LOOK = 25;
/** In which a request over the line to the host is answered: init waits half a second for a server's own answer. */
const ANSWERED = 1.5 * SECOND;
/** ms of the host in which a session is there, and in which it ends of itself: far behind what the machine's own clock allows. */
const OPENED = 60_000;
/** In which a server must be there again, its driver and back-offs included. */
const BACK = 30 * SECOND;
/** The servers without which that line is none. */
const isLine = (server: string) => server === "dev" || server === "virtio-serial";
const machine = {
  icount: "idle",
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

  static async boot(): Promise<QemuSubject> {
    const guest = await bootedGuest({ machine, options: { netd_wait: "30000" } });
    try {
      const memory = await GuestMemory.open(guest);
      const view = await NucleusView.open(guest, memory);
      const ways = { guest, memory, view, clock: await GuestClock.open(guest) };
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
    return this.#ways.clock.now;
  }

  get dead(): boolean {
    return this.text.includes("UUSI PANIC");
  }

  type(text: string): void {
    this.#ways.guest.type(text);
  }

  async until(done: () => boolean, ns: number): Promise<boolean> {
    const { clock } = this.#ways;
    const begun = performance.now();
    const end = (await clock.read()) + ns;
    for (;;) {
      if (done()) return true;
      const left = (end - clock.now) / MILLISECOND;
      if (left <= 0) return false;
      const look = Math.max(LOOK, Math.min(LONGEST_LOOK, (performance.now() - begun) * PART));
      await new Promise((resolve) => setTimeout(resolve, Math.min(look, left)));
      await clock.read();
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

  async back(victim: string, from: number, alive: number): Promise<number | undefined> {
    // What was asked of an init that has ended may never be answered, and what is asked behind it waits for that.
    if (victim === "init") this.#hangUp();
    const away = isLine(victim) ? undefined : await this.#ready(victim);
    let took = this.now - alive;
    if (!(await this.prompted(victim, from))) return undefined;
    if (isLine(victim)) {
      const again = await this.runs([victim], BACK, victim);
      took = again === undefined ? this.now - alive : Infinity;
    }
    return away === undefined ? took : Infinity;
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
    let reply: Record<string, unknown> | undefined;
    const asking = this.#ask(call, fields).then(
      (answer) => {
        reply = answer;
        over = true;
      },
      () => {
        over = true; // the victim is on the way
      },
    );
    if (await this.until(() => over, ANSWERED)) await asking;
    else this.#hangUp();
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
