// `uusi caps`: what a manifest grants a server and what it was refused; without a name, what this channel may do.
import { readingCommand } from "../channel/command.ts";

export const command = readingCommand(
  "caps",
  "[NAME]",
  "a server's grants, or this channel's own",
  async (source, server) => {
    if (server !== undefined) {
      const lines = await source.capabilities(server);
      return { value: { server, lines }, text: lines.map((line) => `${line}\n`).join("") };
    }
    const account = await source.account();
    const lines = [
      `server ${account.name}`,
      ...account.may.map((each) => `  may  ${each}`),
      ...account.uses.map((each) => `  uses ${each}`),
    ];
    return { value: account, text: lines.map((line) => `${line}\n`).join("") };
  },
);
