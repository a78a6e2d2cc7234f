// Keeps the firmware's chatter off the transcript. Invariant: from the first line that the loader
// or the nucleus prints, every character passes unchanged.

/**
 * How the lines of the loader and the nucleus begin, at the start of a line or behind one of the
 * terminal sequences with which the firmware clears and places its text.
 */
const ours =
  /(?:^|\n|\x1b\[[0-9;=?]*[A-Za-z])(?=\[ok\] |leivos: |leivos login: ?(?:\r?\n|$)|UUSI PANIC: )/;

/** A stream filter of text. */
export class FirmwareFilter {
  #passing = false;
  #held = "";

  /** What may be shown of the text that came so far. */
  push(text: string): string {
    if (this.#passing) return text;
    this.#held += text;
    const first = ours.exec(this.#held);
    if (first !== null) {
      this.#passing = true;
      return this.#held.slice(first.index + first[0].length);
    }
    // Only an unfinished line can still become one of ours.
    this.#held = this.#held.slice(this.#held.lastIndexOf("\n") + 1);
    return "";
  }

  /** Starts over, as after a reset of the machine. */
  reset(): void {
    this.#passing = false;
    this.#held = "";
  }
}
