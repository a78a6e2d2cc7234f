// `run`: a native program of the image, in a process of its own with what its manifest and this account allow; alone, which there are.
import type { Client } from "../../../sdk/contract/client.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Programs } from "../../programs/contract.ts";
import { textTable } from "../text-table.ts";
import type { Command, Context } from "./command.ts";

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
  while (!(step instanceof Failure)) {
    if (step.output !== "") {
      terminal.print(step.output);
      end = step.output;
    }
    if (step.state !== "running") break;
    await terminal.room();
    step = await programs.more({});
  }
  terminal.onInterrupt = undefined;
  if (!end.endsWith("\n")) terminal.print("\n");
  if (step instanceof Failure) return step;
  if (step.state === "done" && step.code !== 0) terminal.print(`${name} gave ${step.code}\n`);
  return undefined;
}

export const run: Command = {
  name: "run",
  usage: "[PROGRAM [WORD...]]",
  help: "runs a native program of the image, or lists them",
  least: 0,
  most: Infinity,
  run: async (context, words) => {
    const programs = await context.open(Programs, "/svc/programs");
    if (programs instanceof Failure) return programs;
    const end = await (words.length === 0
      ? list(programs, context)
      : follow(programs, context, words));
    programs.close();
    return end;
  },
};
