// Keeps the firmware's chatter off the transcript. Invariant: from the first line that the loader
// or the nucleus prints, every character passes unchanged.

/** How the lines of the loader and the nucleus begin. */
const ours = /^(?:\[ok\] |leivos: |leivos login: ?$|UUSI PANIC: )/m;
/** The terminal sequences with which the firmware clears and places its text. */
const escapes = /\x1b\[[0-9;=?]*[A-Za-z]/g;

/** A stream filter of text. */
export class FirmwareFilter {
  #passing = false;
  #held = "";

  /** What may be shown of the text that came so far. */
  push(text: string): string {
    if (this.#passing) return text;
    this.#held = (this.#held + text).replace(escapes, "").replaceAll("\r\n", "\n");
    const first = ours.exec(this.#held);
    if (first !== null) {
      this.#passing = true;
      return this.#held.slice(first.index);
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
