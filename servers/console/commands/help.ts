// `help`: every command with its arguments.
import { textTable } from "../text-table.ts";
import type { Command } from "./command.ts";

export const help: Command = {
  name: "help",
  usage: "",
  help: "lists the commands",
  least: 0,
  most: 0,
  run: async ({ commands, terminal }) => {
    const rows = commands.map((each) => [`${each.name} ${each.usage}`.trimEnd(), each.help]);
    terminal.print(textTable(["COMMAND", "WHAT IT DOES"], rows));
    return undefined;
  },
};
