// `uusi swap`: a server's present sources into the running system.
import { machineFlags, machineOf, show, withMachine } from "../channel/command.ts";
import { Failure } from "../failure.ts";
import { flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { swapAlong } from "../push/swap-server.ts";
import { checkServerName, serverCode } from "../push/server-code.ts";
import { serverNames } from "../steps/servers.ts";

export const command: Command = {
  summary: "puts servers' present sources into the running system",
  help: () =>
    `npx uusi swap NAME... [flags]\n\nSeveral are swapped in one step, or none. Servers that speak a contract which the sources have changed come along.\nExit code 1 when it was refused: then the old code still runs.\n\n${flagHelp(machineFlags)}`,
  async run(args) {
    const given = parseFlags("swap", machineFlags, args);
    const names = [...new Set(given.rest)];
    if (names.length === 0) throw new Failure("uusi swap: which server? npx uusi ps lists them", 2);
    for (const name of names) checkServerName(name);
    const { world = "uusi" } = machineOf(given);
    const begun = performance.now();
    const [own, ...others] = await Promise.all(names.map((name) => serverCode(name, world)));
    const bundle = performance.now() - begun;
    const make = async (name: string) =>
      serverNames().includes(name) ? serverCode(name, world) : undefined;
    const { report } = await withMachine(given, (line) =>
      swapAlong(line, [own!, ...others], bundle, make),
    );
    show(given, { value: report, text: `${report.line}\n` });
    return report.kind === "refused" ? 1 : 0;
  },
};
