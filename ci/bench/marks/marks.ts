// Marks on a serial line: lines `@COUNT TEXT`, where COUNT is the time stamp counter when the line
// was begun, in 16 hexadecimal digits. Pure: takes text with the time at which it arrived.

/** A mark. */
export interface Mark {
  count: bigint;
  text: string;
  /** milliseconds, on the caller's clock, when the mark's first byte arrived */
  arrived: number;
}

/** Collects the marks of a growing transcript. */
export class MarkReader {
  readonly marks: Mark[] = [];
  #line = "";
  #begun = 0;

  /** Adds what arrived at a time; text comes in pieces of any size. */
  push(text: string, time: number): void {
    for (const character of text) {
      if (character === "\n") {
        this.#finish();
        continue;
      }
      if (this.#line === "") this.#begun = time;
      if (character !== "\r") this.#line += character;
    }
  }

  /** Ends the last line, which may have no line feed: a prompt. */
  end(): void {
    this.#finish();
  }

  #finish(): void {
    const found = /^@([0-9a-f]{16}) (.*)$/.exec(this.#line);
    this.#line = "";
    if (found === null) return;
    this.marks.push({ count: BigInt(`0x${found[1]}`), text: found[2]!, arrived: this.#begun });
  }
}
