// `uusi rollback`: a server's code of before the last swap, with its present state.
import { argumentOf, machineFlags, show, withMachine } from "../channel/command.ts";
import { Failure } from "../failure.ts";
import { flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { rollBack } from "../push/swap-server.ts";

const flags = {
  ...machineFlags,
  "drop-state": { help: "starts it afresh: its state is lost, and its clients connect again" },
};

export const command: Command = {
  summary: "puts a server's code of before the last swap back",
  help: () =>
    `npx uusi rollback NAME [flags]\n\nExit code 1 when it was refused: then the present code still runs.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("rollback", flags, args);
    const name = argumentOf("rollback", given);
    if (name === undefined)
      throw new Failure("uusi rollback: which server? npx uusi ps lists them", 2);
    const drop = given.switches.has("drop-state");
    const answer = await withMachine(given, (line) => rollBack(line, name, drop));
    show(given, { value: answer, text: `${answer.line}\n` });
    return answer.kind === "refused" ? 1 : 0;
  },
};
