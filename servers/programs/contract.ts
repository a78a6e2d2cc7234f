// Native programs of the image: one channel is one place to run one, with the grants of the session that is lent.
// Invariant: a program gets what its manifest names and the session may open, and nothing else but its terminal.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import { array, bool, channel, i64, oneof, string, struct, u32 } from "../../sdk/contract/field.ts";
import { Session } from "../init/contract.ts";

/** Most arguments, and most bytes of them together. */
export const MOST_ARGUMENTS = 64;
export const ARGUMENT_BYTES = 3_000;

/**
 * What a program has done since the last step: output, and how it stands. `reading`: it waits for input. `trapped`: it ended in a fault, told in the output; `stopped`: by
 * `stop`. `code` is what `main` returned or `os.exit` was given.
 */
const step = {
  output: string,
  state: oneof("running", "reading", "done", "trapped", "stopped"),
  code: i64,
};

export const Programs = contract("programs", 1, {
  /** Programs of the image from place `from` on, 16 at a time. `uses`: of its manifest. */
  list: call(
    { from: u32 },
    {
      programs: array(struct({ name: string, bytes: u32, uses: array(string) })),
      more: bool,
    },
    { retry: "safe" },
  ),
  /** Starts a program, of the image or at an address (`http://...`, development images only), and answers with the first step. `session` opens the names that its manifest uses; one that it may not open refuses the run. */
  run: call({ name: string, arguments: array(string), session: channel(Session) }, step),
  /** The next step: waits until there is one. */
  more: call({}, step),
  /** A line that was typed, for the program to read; without a line break at its end, nothing more will come. */
  input: call({ text: string }, {}),
  /** Ends the program: its code traps at its next call or loop; one that does not is killed. */
  stop: event({}, { to: "server" }),
});
