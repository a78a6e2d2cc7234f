// A machine in QEMU under faults. Invariant: what is done to it from outside goes through its memory while it stands still.
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { bootedGuest } from "../../qemu/booted-guest.ts";
import type { Guest } from "../../qemu/guest.ts";
import { Debugger } from "./debugger.ts";
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
/** ms in which a request over the line to the host is answered: init waits half a second for a server's own answer. */
const ANSWERED = 1500;
/** The servers without which that line is none. */
const isLine = (server: string) => server === "dev" || server === "virtio-serial";
const machine = { sharedMemory: true, channel: true, memory: "512M,slots=1,maxmem=1G" };

export class QemuSubject extends Subject {
  readonly quiet = 2 * SECOND;
  readonly spread = 8 * MILLISECOND;
  readonly late = SECOND;
  readonly #ways: Ways;
  #line: Connection | undefined;

  private constructor(ways: Ways) {
    super();
    this.#ways = ways;
  }

  static async boot(): Promise<QemuSubject> {
    const guest = await bootedGuest({ machine, options: { netd_wait: "30000" } });
    try {
      const memory = await GuestMemory.open(guest);
      const view = await NucleusView.open(guest, memory);
      const ways = { guest, memory, view, debugger: await Debugger.attach(guest) };
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
    return performance.now() * MILLISECOND;
  }

  get dead(): boolean {
    return this.text.includes("UUSI PANIC");
  }

  type(text: string): void {
    this.#ways.guest.type(text);
  }

  async until(done: () => boolean, ns: number): Promise<boolean> {
    const begun = this.now;
    const end = begun + ns;
    for (;;) {
      if (done()) return true;
      const { now } = this;
      const left = (end - now) / MILLISECOND;
      if (left <= 0) return false;
      const look = Math.max(LOOK, Math.min(LONGEST_LOOK, ((now - begun) / MILLISECOND) * PART));
      await new Promise((resolve) => setTimeout(resolve, Math.min(look, left)));
    }
  }

  process(server: string): number {
    return this.#ways.view.processes().find(({ name }) => name === server)?.id ?? 0;
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
    if (server === "init") return (await this.#request("uptime", server)) !== undefined;
    const answer = await this.#request("waits", server);
    if (isLine(server)) return true;
    return answer?.["answers"] === true;
  }

  /** By way of the line to the host, or by the console where that line is the victim. */
  kill(server: string): void {
    if (server === "init") void this.#take(server);
    else if (isLine(server)) this.type(`kill ${server}\n`);
    else void this.#request("kill", server);
  }

  /** Ends a process that no session may. */
  async #take(server: string): Promise<void> {
    const { view, memory } = this.#ways;
    const { space } = view.processes().find(({ name }) => name === server)!;
    await still(this.#ways, () => takeText(memory, space));
    await this.stir(server);
  }

  async #request(call: string, server: string): Promise<Record<string, unknown> | undefined> {
    this.#line?.close();
    let line: Connection | undefined;
    try {
      line = await Connection.open(this.#ways.guest.channel, ANSWERED);
      this.#line = line;
      return await Promise.race([
        line.ask(call, { server }),
        new Promise<undefined>((resolve) => setTimeout(resolve, ANSWERED, undefined)),
      ]);
    } catch {
      return undefined; // the victim is on the way
    } finally {
      line?.close();
    }
  }

  async close(): Promise<void> {
    this.#line?.close();
    const { guest, memory, debugger: attached } = this.#ways;
    attached.close();
    await guest.close();
    memory.close();
  }
}
