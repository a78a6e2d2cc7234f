// What happens to servers, for sessions that wait for it: the last 32 events, numbered, and who asked for later ones.
// Invariant: every question is answered once: at once when there is something newer, else with the next event; until then it is parked, so
// that the next init answers it.
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { answer, PARKED, park } from "../../sdk/hot/park.ts";
import { Session } from "./contract.ts";
import { kept } from "./kept.ts";

/** Events that are kept. */
const KEPT = 32;
/** Questions that may be open; the oldest is answered with nothing when one more comes. */
const OPEN = 32;

export interface ServerEvent {
  readonly number: number;
  readonly server: string;
  readonly what: "started" | "restarted" | "ended" | "held" | "swapped";
}

/** Events after the number that was asked for, and the number of the latest. */
export interface News {
  readonly events: ServerEvent[];
  readonly last: number;
}

/** A question that waits: after which event, and its reply object. */
interface Question {
  readonly after: number;
  readonly reply: HandleNumber;
}

/** All of it as plain values. */
interface KeptNews {
  kept: ServerEvent[];
  last: number;
  open: Question[];
}

/** Answers a question that waited. */
type Answer = (reply: HandleNumber, news: News) => void;

export class ServerEvents {
  #kept: ServerEvent[] = [];
  #last = 0;
  #open: Question[] = [];
  #values: KeptNews | undefined;
  readonly #answer: Answer;

  constructor(tell: Answer = (reply, news) => answer(Session, "events", reply, news)) {
    this.#answer = tell;
  }

  /** The same object for as long as nothing of it changes. */
  keep(): KeptNews {
    this.#values ??= { kept: [...this.#kept], last: this.#last, open: [...this.#open] };
    return this.#values;
  }

  resume(values: KeptNews): void {
    const { kept: events, last, open } = values;
    this.#kept = [...events];
    this.#last = last;
    this.#open = [...open];
    this.#values = values;
  }

  add(server: string, what: ServerEvent["what"]): void {
    this.#last += 1;
    this.#values = undefined;
    this.#kept.push({ number: this.#last, server, what });
    if (this.#kept.length > KEPT) this.#kept.shift();
    const open = this.#open;
    this.#open = [];
    for (const each of open) this.#answer(each.reply, this.#news(each.after));
    kept.changed();
  }

  /** In a handler: events after a number; with a number that does not exist yet the latest number, at once. */
  after(number: number): News | typeof PARKED {
    if (number !== this.#last) return this.#news(number);
    const first = this.#open.length === OPEN ? this.#open.shift() : undefined;
    if (first !== undefined) this.#answer(first.reply, { events: [], last: this.#last });
    this.#values = undefined;
    this.#open.push({ after: number, reply: park() });
    kept.changed();
    return PARKED;
  }

  #news(after: number): News {
    return { events: this.#kept.filter(({ number }) => number > after), last: this.#last };
  }
}
