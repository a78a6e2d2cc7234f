// `uusi kill`: ends a server's process.
import { managingCommand } from "../channel/command.ts";

export const command = managingCommand(
  "kill",
  "ends a server's process; its restart policy goes on from there",
  "kill",
  "was killed",
);
