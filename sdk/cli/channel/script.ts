// Runs Tape in a system over the channel: sends the source, hands the output on as it comes, and stops it when that is asked.
// Invariant: every script ends with one of the states below; what it printed came before.
import type { Connection } from "./connection.ts";

/** `left`: it ended, and asked to leave the shell; `refused`: it did not compile; `unfinished`: a line with open brackets; `trapped`: it ended in a fault; `stopped`: it was stopped. */
export type ScriptState = "done" | "refused" | "unfinished" | "trapped" | "stopped" | "left";

/** How a script ended. `code` is what its `main` returned or `os.exit` was given. */
export interface ScriptEnd {
  readonly state: ScriptState;
  readonly code: number;
}

export interface ScriptRequest {
  /** a `line` goes on where the lines of this connection ended before it */
  readonly kind: "script" | "line";
  /** how a last expression is shown */
  readonly show: "value" | "json";
  readonly source: string;
}

/** What part of a connection is needed. */
type Asks = Pick<Connection, "ask">;

/**
 * Runs a script to its end.
 * @param output gets each piece of what it prints, errors and traps too
 * @throws Failure when the system or its tape server ends first
 */
export async function runScript(
  connection: Asks,
  request: ScriptRequest,
  output: (text: string) => void,
): Promise<ScriptEnd> {
  let step = await connection.ask("script", { ...request });
  for (;;) {
    const { output: text, state, code } = step as { output: string; state: string; code: number };
    if (text !== "") output(text);
    if (state !== "running") return { state: state as ScriptState, code };
    step = await connection.ask("script-more");
  }
}

/** Ends the script that runs; it answers as `stopped`. */
export async function stopScript(connection: Asks): Promise<void> {
  await connection.ask("script-stop");
}

/** The exit code of a command for how a script ended: its own code, 1 for errors and traps, 130 when it was stopped. */
export function exitCodeOf({ state, code }: ScriptEnd): number {
  if (state === "done" || state === "left") return code & 255;
  return state === "stopped" ? 130 : 1;
}
