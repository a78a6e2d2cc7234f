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

/** How a failed command ends: its exit code, and what it writes where. */
export interface FailureEnd {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Whoever asked for JSON reads `{"failure":SENTENCE,"exit":CODE}` on the standard output; others read the sentence, or a fault's stack. */
export function failureEnd(error: unknown, args: readonly string[]): FailureEnd {
  const { name, message, stack } = error as Partial<Error>;
  const isHost = name === "HostError"; // of ci/setup, which imports nothing of here
  const exitCode = error instanceof Failure ? error.exitCode : isHost ? 2 : 1;
  if (args.includes("--json")) {
    const failure = message ?? String(error);
    return { exitCode, output: `${JSON.stringify({ failure, exit: exitCode })}\n`, errors: "" };
  }
  const text = error instanceof Failure || isHost ? message : (stack ?? String(error));
  return { exitCode, output: "", errors: `${text}\n` };
}
