// `uusi trace`: follows requests through several servers and prints each with its steps.
import { argumentOf, machineFlags, show, withMachine } from "../channel/command.ts";
import type { Connection } from "../channel/connection.ts";
import type { TraceFacts } from "../channel/facts.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, numberOf, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { methodNames } from "../messages/method-names.ts";
import { requestsOf, requestText } from "../trace/requests.ts";

const flags: FlagTable = {
  seconds: { value: "N", help: "how long to listen, 1 to 60 (5)" },
  ...machineFlags,
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** All steps, once the trace is over. */
async function steps(line: Connection): Promise<{ steps: TraceFacts[]; lost: number }> {
  const all: TraceFacts[] = [];
  for (;;) {
    const page = await line.ask("traced", { from: all.length });
    all.push(...(page["steps"] as TraceFacts[]));
    if (page["more"] === true) continue;
    if (page["running"] !== true) return { steps: all, lost: page["lost"] as number };
    await pause(200);
  }
}

export const command: Command = {
  summary: "follows requests of a contract through several servers",
  help: () =>
    `npx uusi trace CONTRACT[.METHOD] [flags]\n\nFollows every request that begins with a call of CONTRACT (such as net, or net.ping), as long as it is told to. Messages that hold secrets are shown without their fields.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("trace", flags, args);
    const wanted = argumentOf("trace", given);
    if (wanted === undefined) {
      throw new Failure("uusi trace: which contract? npx uusi services lists them", 2);
    }
    const seconds = numberOf(given, "seconds", 1, 60) ?? 5;
    await withMachine(given, (line) => line.ask("trace", { wanted, time: seconds * 1e9 }));
    // Meanwhile the line is free for other commands.
    await pause(seconds * 1000);
    const found = await withMachine(given, steps);
    const requests = requestsOf(found.steps);
    const lost = found.lost > 0 ? [`(${found.lost} further steps did not fit)\n`] : [];
    const known = [...(await methodNames()).values()].join("|").split("|");
    const unknown = !known.some((each) => each === wanted || each.startsWith(`${wanted}.`));
    const none = `no call of ${wanted} within ${seconds} s${unknown ? "; no contract here has this name" : ""}\n`;
    const text = [...requests.map(requestText), ...lost].join("\n");
    show(given, {
      value: { requests, lost: found.lost },
      text: text === "" ? none : text,
    });
    return 0;
  },
};
