// The one error value of contracts and system calls: a stable code and a sentence that says what to do next.
// Failures are returned, never thrown: a union result forces the caller to look, and throwing costs 11,000 instructions.

/** Codes of failed replies (docs/wire.md); contracts number their own from `FIRST_OWN` on. */
export const failures = {
  MALFORMED: 1,
  UNKNOWN_METHOD: 2,
  SERVER_FAULT: 3,
  REFUSED: 4,
  NOT_FOUND: 5,
  BUSY: 6,
  INVALID: 7,
  UNAVAILABLE: 8,
  LIMIT: 9,
  FIRST_OWN: 64,
} as const;

/** The manifest line that would have allowed what was refused. */
export interface ManifestLine {
  readonly field: "uses" | "may" | "devices" | "privileges" | "net.connect" | "net.listen";
  readonly value: string;
}

/** An error as a value. `code` is positive for a reply's failure, negative for an error of the nucleus (docs/abi.md). */
export class Failure {
  readonly code: number;
  readonly sentence: string;
  /** of a refusal, for the audit; it does not travel */
  readonly line: ManifestLine | undefined;

  constructor(code: number, sentence: string, line?: ManifestLine) {
    this.code = code;
    this.sentence = sentence;
    this.line = line;
  }

  toString(): string {
    return `${this.sentence} (${this.code})`;
  }
}

/** A failed reply from a handler: `return refuse(failures.BUSY, "the lease is being renewed; try again in a second")`. */
export function refuse(code: number, sentence: string, line?: ManifestLine): Failure {
  return new Failure(code, sentence, line);
}
