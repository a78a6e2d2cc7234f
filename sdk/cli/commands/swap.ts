// `uusi swap`: a server's present sources into the running system.
import { argumentOf, machineFlags, show, withMachine } from "../channel/command.ts";
import { findMachine } from "../channel/machines.ts";
import { Failure } from "../failure.ts";
import { firstOf, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { swapCode } from "../push/swap-server.ts";
import { checkServerName, serverCode } from "../push/server-code.ts";

export const command: Command = {
  summary: "puts a server's present sources into the running system",
  help: () =>
    `npx uusi swap NAME [flags]\n\nExit code 1 when it was refused: then the old code still runs.\n\n${flagHelp(machineFlags)}`,
  async run(args) {
    const given = parseFlags("swap", machineFlags, args);
    const name = argumentOf("swap", given);
    if (name === undefined) throw new Failure("uusi swap: which server? npx uusi ps lists them", 2);
    checkServerName(name);
    const { world } = findMachine(firstOf(given, "machine"));
    const begun = performance.now();
    const code = await serverCode(name, world ?? "uusi");
    const bundle = performance.now() - begun;
    const report = await withMachine(given, (line) => swapCode(line, code, bundle));
    show(given, { value: report, text: `${report.line}\n` });
    return report.kind === "refused" ? 1 : 0;
  },
};
