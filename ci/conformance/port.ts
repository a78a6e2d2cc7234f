// A port with what has arrived on it: cases ask for the event they expect and get it in whatever batch it came.
import { events } from "../../sdk/abi/table.ts";
import { step } from "./loop.ts";
import { type Entry, type Event, readEvents, waitHeader } from "./message.ts";
import { close, must, resultName, second, sys } from "./system.ts";

/** How long a case waits for what must come, ns. Generous: it is only ever reached by a failure. */
const PATIENCE = 5_000_000_000;

export class TestPort {
  readonly handle: number = must("port_create");
  readonly #inbox: Event[] = [];

  /** Submits; returns the statuses, in order. Events that arrive with it go to the inbox. */
  async submit(...entries: Entry[]): Promise<number[]> {
    const { result, statuses } = await step(entries, this.handle, 0);
    this.#keep(result);
    return statuses;
  }

  /** Submits entries that must all succeed. */
  async deliver(...entries: Entry[]): Promise<void> {
    const statuses = await this.submit(...entries);
    const bad = statuses.findIndex((s) => s !== 0);
    if (bad >= 0)
      throw new Error(`entry ${bad} failed with ${resultName(statuses[bad] as number)}`);
  }

  /** The next event, of a type if one is given; fails when none comes. */
  async next(type?: keyof typeof events, key?: number): Promise<Event> {
    const deadline = sys("clock") + PATIENCE;
    for (;;) {
      const found = this.#find(type, key);
      if (found !== undefined) return found;
      const { result } = await step([], this.handle, deadline);
      if (result <= 0) throw new Error(`no ${type ?? "event"} came: ${resultName(result)}`);
      this.#keep(result);
    }
  }

  /** What is there now, without waiting. */
  async poll(): Promise<Event[]> {
    this.#keep((await step([], this.handle, 0)).result);
    return this.#inbox.splice(0);
  }

  /** Fails when anything is there. */
  async quiet(): Promise<void> {
    const there = await this.poll();
    if (there.length > 0) throw new Error(`unexpected event of type ${there[0]?.type}`);
  }

  /** Waits until `deadline`; returns when the wait ended (its header's `now`). */
  async wait(deadline: number): Promise<{ bytes: number; now: number }> {
    const { result } = await step([], this.handle, deadline);
    this.#keep(result);
    return { bytes: result, now: waitHeader().now };
  }

  bind(handle: number, key: number): void {
    must("bind", handle, this.handle, key);
  }

  close(): void {
    close(this.handle);
  }

  #keep(result: number): void {
    if (result < 0) throw new Error(`submit_wait gave ${resultName(result)}`);
    for (const event of readEvents(result)) this.#inbox.push(event);
  }

  #find(type: keyof typeof events | undefined, key: number | undefined): Event | undefined {
    const at = this.#inbox.findIndex(
      (e) =>
        (type === undefined || e.type === events[type]) && (key === undefined || e.key === key),
    );
    return at < 0 ? undefined : this.#inbox.splice(at, 1)[0];
  }
}

/** Two connected endpoints. */
export function channel(): [number, number] {
  const near = must("channel_create");
  return [near, second()];
}
