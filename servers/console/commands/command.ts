// What a shell command is: a name, its usage, and a function over the session's capabilities.
// Invariant: a command reaches nothing but its context; what the account may not do comes back as a sentence.
import type { Client, ClientOf } from "../../../sdk/contract/client.ts";
import type { Contract, Methods } from "../../../sdk/contract/contract.ts";
import type { Failure } from "../../../sdk/contract/failure.ts";
import type { Session } from "../../init/contract.ts";
import type { Terminal } from "../session.ts";

/** What a command works with. */
export interface Context {
  readonly session: Client<typeof Session>;
  readonly terminal: Terminal;
  readonly commands: readonly Command[];
  /** Opens a name that the account uses. */
  open<M extends Methods>(contract: Contract<M>, name: string): Promise<ClientOf<M> | Failure>;
  /** Pauses for a number of nanoseconds. */
  pause(nanoseconds: number): Promise<void>;
}

/** A command of the shell. `run` returns a sentence when it failed, `logout` to leave. */
export interface Command {
  readonly name: string;
  /** Arguments as shown by `help`, "" for none. */
  readonly usage: string;
  readonly help: string;
  /** Least and most number of arguments. */
  readonly least: number;
  readonly most: number;
  run(context: Context, words: readonly string[]): Promise<Failure | "logout" | undefined>;
}
