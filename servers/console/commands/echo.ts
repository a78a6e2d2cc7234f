// `echo`: prints its words.
import type { Command } from "./command.ts";

export const echo: Command = {
  name: "echo",
  usage: "[WORD...]",
  help: "prints its words",
  least: 0,
  most: Infinity,
  run: async ({ terminal }, words) => {
    terminal.print(words.join(" ") + "\n");
    return undefined;
  },
};
