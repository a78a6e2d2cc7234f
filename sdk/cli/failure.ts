// An end of a command that the user can do something about.

/** The message is one sentence that says what is wrong and what mends it; it is shown as it is. */
export class Failure extends Error {
  readonly exitCode: number;

  /** @param exitCode 2 for wrong use or a missing part of the host, 1 for all else */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}
