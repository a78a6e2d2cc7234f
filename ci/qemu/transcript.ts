// What a guest has written to its serial port, with a reading position. Invariant: a text that
// arrived is kept, so an expectation that is stated late still sees it.

type Expectation = {
  pattern: RegExp;
  resolve: (match: RegExpExecArray) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

/** How much of the end of the transcript an error shows. */
const shownLines = 30;

/** A growing text in which patterns are awaited one after the other. */
export class Transcript {
  #text = "";
  #position = 0;
  #ended: string | undefined;
  #expectation: Expectation | undefined;

  /** All that arrived, as it arrived. */
  get text(): string {
    return this.#text;
  }

  /** What arrived behind the last match. */
  get unread(): string {
    return this.#text.slice(this.#position);
  }

  append(text: string): void {
    this.#text += text;
    this.#check();
  }

  /** Tells that nothing more will come, and why. */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#check();
  }

  /** Forgets the unread text, so that the next expectation only sees what comes from now on. */
  skip(): void {
    this.#position = this.#text.length;
  }

  /**
   * Waits for a pattern in the unread text and moves the reading position behind its match.
   * @param pattern not global or sticky; one expectation at a time
   * @param timeout milliseconds, a guard against hanging and not a measurement
   * @throws Error with the end of the transcript when it does not come
   */
  expect(pattern: RegExp, timeout: number): Promise<RegExpExecArray> {
    if (this.#expectation) throw new Error("only one expectation can wait at a time");
    return new Promise((resolve, reject) => {
      const give = () => this.#fail(`did not come within ${timeout / 1000} s`);
      this.#expectation = { pattern, resolve, reject, timer: setTimeout(give, timeout) };
      this.#check();
    });
  }

  #check(): void {
    const waiting = this.#expectation;
    if (waiting === undefined) return;
    const match = waiting.pattern.exec(this.unread);
    if (match === null) {
      if (this.#ended !== undefined) this.#fail(`can't come any more: ${this.#ended}`);
      return;
    }
    this.#position += match.index + match[0].length;
    this.#finish(waiting);
    waiting.resolve(match);
  }

  #fail(why: string): void {
    const waiting = this.#expectation!;
    this.#finish(waiting);
    const tail = this.#text.split("\n").slice(-shownLines).join("\n");
    waiting.reject(new Error(`${waiting.pattern} ${why}; the transcript ends with:\n${tail}`));
  }

  #finish(waiting: Expectation): void {
    clearTimeout(waiting.timer);
    this.#expectation = undefined;
  }
}
