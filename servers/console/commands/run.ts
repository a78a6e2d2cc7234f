// `run`: a native program, of the image or at an address, in a process of its own with what its manifest and this account allow; alone, which there are.
import type { Client } from "../../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { Programs } from "../../programs/contract.ts";
import { textTable } from "../text-table.ts";
import type { Command, Context } from "./command.ts";

/** The nucleus's error for a message that nobody has seen, and how often it is sent to a new process then. */
const PEER_CLOSED = -8;
const ATTEMPTS = 4;

async function list(programs: Client<typeof Programs>, { terminal }: Context) {
  const rows: string[][] = [];
  for (let more = true; more; ) {
    const page = await programs.list({ from: rows.length });
    if (page instanceof Failure) return page;
    for (const each of page.programs)
      rows.push([each.name, String(each.bytes), each.uses.join(" ")]);
    more = page.more && page.programs.length > 0;
  }
  terminal.print(textTable(["PROGRAM", "BYTES", "USES"], rows));
  return undefined;
}

async function follow(
  programs: Client<typeof Programs>,
  { session, terminal }: Context,
  [name = "", ...words]: readonly string[],
) {
  const copy = await session.again({});
  if (copy instanceof Failure) return copy;
  if (terminal.interrupted) return undefined;
  terminal.onInterrupt = () => void programs.send.stop({});
  let step = await programs.run({ name, arguments: words, session: copy.session });
  let end = "\n";
  const started = !(step instanceof Failure);
  while (!(step instanceof Failure)) {
    if (step.output !== "") {
      terminal.print(step.output);
      end = step.output;
    }
    if (step.state !== "running" && step.state !== "reading") break;
    await terminal.room();
    if (step.state === "reading") {
      const line = await terminal.ask("");
      if (line === "interrupt") programs.send.stop({});
      else {
        const told = await programs.input({ text: line === "end" ? "" : `${line.text}\n` });
        if (told instanceof Failure) return told;
      }
    }
    step = await programs.more({});
  }
  terminal.onInterrupt = undefined;
  if (!end.endsWith("\n")) terminal.print("\n");
  // What had begun is not begun again.
  if (step instanceof Failure && started)
    return refuse(
      failures.UNAVAILABLE,
      "the server of programs has ended; `log programs` says why",
    );
  if (step instanceof Failure) return step;
  if (step.state === "done" && step.code !== 0) terminal.print(`${name} gave ${step.code}\n`);
  return undefined;
}

export const run: Command = {
  name: "run",
  usage: "[PROGRAM|http://... [WORD...]]",
  help: "runs a native program of the image or from an address, or lists the image's",
  least: 0,
  most: Infinity,
  run: async (context, words) => {
    for (let attempt = 1; ; attempt += 1) {
      const programs = await context.open(Programs, "/svc/programs");
      if (programs instanceof Failure) return programs;
      const end = await (words.length === 0
        ? list(programs, context)
        : follow(programs, context, words));
      programs.close();
      // The server may have been about to end, with its last client before this one.
      const missed = end instanceof Failure && end.code === PEER_CLOSED;
      if (!missed || attempt === ATTEMPTS) return end;
    }
  },
};
