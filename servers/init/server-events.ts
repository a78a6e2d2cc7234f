// What happens to servers, for sessions that wait for it: the last 32 events, numbered, and who asked for later ones.
// Invariant: every question is answered once: at once when there is something newer, else with the next event.

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
  readonly events: readonly ServerEvent[];
  readonly last: number;
}

export class ServerEvents {
  #kept: ServerEvent[] = [];
  #last = 0;
  #open: { readonly after: number; readonly answer: (news: News) => void }[] = [];

  add(server: string, what: ServerEvent["what"]): void {
    this.#last += 1;
    this.#kept.push({ number: this.#last, server, what });
    if (this.#kept.length > KEPT) this.#kept.shift();
    const open = this.#open;
    this.#open = [];
    for (const { after, answer } of open) answer(this.#news(after));
  }

  /** Events after a number; with a number that does not exist yet the latest number, at once. */
  after(number: number): News | Promise<News> {
    if (number !== this.#last) return this.#news(number);
    return new Promise((answer) => {
      if (this.#open.length === OPEN) this.#open.shift()?.answer({ events: [], last: this.#last });
      this.#open.push({ after: number, answer });
    });
  }

  #news(after: number): News {
    return { events: this.#kept.filter(({ number }) => number > after), last: this.#last };
  }
}
