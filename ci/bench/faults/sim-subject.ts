// A simulated machine under faults. Invariant: with the same seed every run is the same.
import { encodeFrame, frameFlags, frameKinds } from "../../../sdk/channel/frame.ts";
import type { SystemImage } from "../../../sdk/sim/system.ts";
import { SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { type Kind, type Random, SimInjection } from "./injection.ts";
import { type Injection, MILLISECOND, SECOND, Subject } from "./subject.ts";

export class SimSubject extends Subject {
  /** init asks even an idle server once a minute */
  readonly quiet = 70 * SECOND;
  readonly spread = 20 * MILLISECOND;
  /** in which init finds that a server is silent */
  readonly late = 30 * SECOND;
  readonly #guest: SimGuest;
  #session = 0;

  private constructor(guest: SimGuest) {
    super();
    this.#guest = guest;
  }

  static async boot(system: SystemImage, seed: number): Promise<SimSubject> {
    const guest = await SimGuest.boot({ ...system, seed, board: { channel: true } });
    await guest.login();
    return new SimSubject(guest);
  }

  get text(): string {
    return this.#guest.text;
  }

  get now(): number {
    return this.#guest.machine.now;
  }

  get lapse(): number {
    return this.now;
  }

  get dead(): boolean {
    return this.#guest.machine.stop === "panic";
  }

  type(text: string): void {
    this.#guest.type(text);
  }

  async until(done: () => boolean, ns: number): Promise<boolean> {
    await this.#guest.machine.run(() => done() || this.dead, this.now + ns);
    return done();
  }

  async wait(ns: number): Promise<void> {
    await this.until(() => false, ns);
  }

  processes(): ReadonlyMap<string, number> {
    return new Map([...this.#guest.machine.servers()].map(([name, { id }]) => [name, id]));
  }

  /** By its console alone, whose answers wait for those of the network: what counts is that there is a process, and then that it gets ready. */
  async back(victim: string, from: number, alive: number): Promise<number | undefined> {
    const again = await this.until(() => this.process(victim) !== 0, SECOND);
    const took = again ? this.now - alive : Infinity;
    if (!(await this.prompted(victim, from))) return undefined;
    return (await this.runs([victim], SECOND)) === undefined ? took : Infinity;
  }

  async injection(server: string, kind: Kind, random: Random): Promise<Injection> {
    return new SimInjection(this.#guest.machine, server, kind, random);
  }

  /** Asks init over the line to the host what the server waits for, and goes away like a host that has died: the answer is not looked at. */
  async stir(server: string): Promise<boolean> {
    this.#session++;
    const head = { flags: frameFlags.END, session: this.#session, sequence: 0 };
    const request = JSON.stringify({ id: 1, call: "waits", fields: { server } });
    const { board } = this.#guest.machine;
    const open = { ...head, kind: frameKinds.OPEN, payload: new Uint8Array([1, 0]) };
    board.toChannel(encodeFrame(open));
    board.toChannel(encodeFrame({ ...head, kind: frameKinds.DATA, payload: Buffer.from(request) }));
    return true;
  }

  kill(server: string): void {
    this.#guest.machine.servers().get(server)?.crash();
  }

  async close(): Promise<void> {}
}
