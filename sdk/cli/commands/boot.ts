// `uusi boot`: builds, starts QEMU, connects the terminal.
import { availableParallelism } from "node:os";
import { bootMachine } from "../boot/boot-machine.ts";
import { bootFlags, bootSettings } from "../boot/settings.ts";
import { flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

export const command: Command = {
  summary: "boots the system in QEMU",
  help: () => `npx uusi boot [flags]\n\n${flagHelp(bootFlags)}`,
  run(args) {
    const given = parseFlags("boot", bootFlags, args);
    return bootMachine(bootSettings(given, availableParallelism()));
  },
};
