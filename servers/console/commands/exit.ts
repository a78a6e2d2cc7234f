// `exit`: leaves the session.
import type { Command } from "./command.ts";

export const exit: Command = {
  name: "exit",
  usage: "",
  help: "logs out (so does ^D)",
  least: 0,
  most: 0,
  run: async () => "logout",
};
