// `caps`: what a manifest grants a server; without a name, what the account may do.
import { Failure } from "../../../sdk/contract/failure.ts";
import type { Command } from "./command.ts";

export const caps: Command = {
  name: "caps",
  usage: "[SERVER]",
  help: "shows the grants of a server, or your own",
  least: 0,
  most: 1,
  run: async ({ session, terminal }, [server]) => {
    if (server === undefined) {
      const account = await session.account({});
      if (account instanceof Failure) return account;
      terminal.print(`account ${account.name}\n`);
      for (const permission of account.may) terminal.print(`  may  ${permission}\n`);
      for (const name of account.uses) terminal.print(`  uses ${name}\n`);
      return undefined;
    }
    const granted = await session.capabilities({ server });
    if (granted instanceof Failure) return granted;
    terminal.print(granted.lines.join("\n") + "\n");
    return undefined;
  },
};
