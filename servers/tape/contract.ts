// Scripts: one channel is one place to run them, one after the other; each in a fresh interpreter.
// Invariant: a script reaches nothing but what the lent session allows, and no more memory and time than its limits say.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import {
  channel,
  duration,
  i64,
  oneof,
  string,
  struct,
  u32,
  u64,
} from "../../sdk/contract/field.ts";
import { Session } from "../init/contract.ts";

/** Most bytes of a script's source, in all its pieces. */
export const SOURCE_LIMIT = 65_536;
/** Most bytes of one piece of source in a request. */
export const PIECE_LIMIT = 3_500;

/**
 * What a script has done since the last step: output, and how it stands. `refused`: it did not compile, the output holds the errors;
 * `unfinished`: brackets are open, more of the line is wanted; `trapped`: it ended in a fault, told in the output; `stopped`: by
 * `stop`; `left`: it ended, and asked to leave the shell. `code` is what `main` returned or `os.exit` was given.
 */
const step = {
  output: string,
  state: oneof("running", "done", "refused", "unfinished", "trapped", "stopped", "left"),
  code: i64,
};

export const Tape = contract("tape", 1, {
  /** Lends the scripts of this channel a session: `sys` and the `svc:` modules work with it. */
  lend: call({ session: channel(Session) }, {}),
  /** Adds a piece to the source of the next run. */
  source: call({ text: string }, {}),
  /**
   * Compiles and runs the source, and answers with the first step. A `script` stands alone; a `line` goes on where the lines before
   * it ended, and one that begins with a bare word and is no expression is a call with string arguments. `tape PATH WORD...` runs
   * a script of the image, a `.tb` file as it is, apart from the lines. Limits: calls and loop rounds, 64 KiB pages of memory (at most 96), nanoseconds of time.
   */
  run: call(
    {
      kind: oneof("script", "line"),
      /** how a last expression is shown: lists of records as tables, or everything as JSON */
      show: oneof("value", "json"),
      source: string,
      limits: struct({ fuel: u64, pages: u32, time: duration }),
    },
    step,
  ),
  /** The next step of a script that runs: waits until there is one. A script that nobody asks about waits in its turn. */
  more: call({}, step),
  /** Ends the script that runs. */
  stop: event({}, { to: "server" }),
  /** Forgets all lines. */
  forget: call({}, {}),
});
