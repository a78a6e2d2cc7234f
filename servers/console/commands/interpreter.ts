// The interpreter of a session: a place in the tape server that has the session, and sources that run there.
import type { Client } from "../../../sdk/contract/client.ts";
import { Failure, refuse } from "../../../sdk/contract/failure.ts";
import { Tape } from "../../tape/contract.ts";
import type { Context } from "./command.ts";

/** Code points of a piece of source: at most 3,200 bytes. */
const PIECE = 800;
/** What a script from the shell may use: calls and rounds, pages of memory, time (an hour; ^C ends it sooner). */
const limits = { fuel: 2 ** 40, pages: 64, time: 3_600e9 };
/** The nucleus's errors for a channel whose other end is gone, before and after it took the call. */
const PEER_CLOSED = -8;
const MAYBE_EXECUTED = -9;

/** How often a place is opened anew because the process was ending just then. */
const ATTEMPTS = 3;

/** Whether a failure says that the process has ended. */
export const isGone = ({ code }: Failure) => code === PEER_CLOSED || code === MAYBE_EXECUTED;

export type Interpreter = Client<typeof Tape>;

/** A place for scripts that has this session; tried again when the process was just about to end. */
export async function openPlace({
  open,
  session,
}: Pick<Context, "open" | "session">): Promise<Interpreter | Failure> {
  for (let attempt = 0; ; attempt += 1) {
    const tape = await open(Tape, "/svc/tape");
    if (tape instanceof Failure) return tape;
    const copy = await session.again({});
    const fault = copy instanceof Failure ? copy : await tape.lend({ session: copy.session });
    if (!(fault instanceof Failure)) return tape;
    tape.close();
    if (!isGone(fault) || attempt === ATTEMPTS) return fault;
  }
}

/** Runs a source to its end and prints what it says; its last state. */
export async function follow(
  tape: Interpreter,
  { terminal }: Pick<Context, "terminal">,
  kind: "script" | "line",
  source: string,
): Promise<string | Failure> {
  const points = Array.from(source);
  for (let at = 0; at + PIECE < points.length; at += PIECE) {
    const added = await tape.source({ text: points.slice(at, at + PIECE).join("") });
    if (added instanceof Failure) return added;
  }
  // ^C may have come while the process started
  if (terminal.interrupted) return "stopped";
  const last = points.length - (points.length % PIECE || Math.min(PIECE, points.length));
  terminal.onInterrupt = () => void tape.send.stop({});
  let step = await tape.run({ kind, show: "value", source: points.slice(last).join(""), limits });
  let end = "\n";
  while (!(step instanceof Failure)) {
    if (step.output !== "") {
      terminal.print(step.output);
      end = step.output;
    }
    if (step.state !== "running") break;
    await terminal.room();
    step = await tape.more({});
  }
  terminal.onInterrupt = undefined;
  if (!end.endsWith("\n")) terminal.print("\n");
  if (!(step instanceof Failure)) return step.state;
  return isGone(step)
    ? refuse(step.code, "the script's process has ended; `log tape` says why")
    : step;
}
