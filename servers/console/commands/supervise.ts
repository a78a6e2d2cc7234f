// `kill`, `restart`, `clear`: what a manager of the system does to a server.
import { Failure } from "../../../sdk/contract/failure.ts";
import type { Command } from "./command.ts";

export const kill: Command = {
  name: "kill",
  usage: "SERVER",
  help: "ends a server; its restart policy goes on from there",
  least: 1,
  most: 1,
  run: async ({ session }, [server]) => {
    const done = await session.kill({ server: server as string });
    return done instanceof Failure ? done : undefined;
  },
};

export const restart: Command = {
  name: "restart",
  usage: "SERVER",
  help: "starts a server afresh and forgets its history",
  least: 1,
  most: 1,
  run: async ({ session }, [server]) => {
    const done = await session.restart({ server: server as string });
    return done instanceof Failure ? done : undefined;
  },
};

export const clear: Command = {
  name: "clear",
  usage: "[SERVER]",
  help: "clears the screen, or the restart history of a server",
  least: 0,
  most: 1,
  run: async ({ session, terminal }, [server]) => {
    if (server === undefined) {
      terminal.print("\x1b[H\x1b[2J");
      return undefined;
    }
    const done = await session.clear({ server });
    return done instanceof Failure ? done : undefined;
  },
};
