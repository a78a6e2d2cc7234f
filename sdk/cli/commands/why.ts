// `uusi why`: who waits for whom, and the circles in it.
import { readingCommand } from "../channel/command.ts";
import type { Source, WaitsFacts } from "../channel/facts.ts";
import { spanText } from "../channel/text-table.ts";
import { Failure } from "../failure.ts";
import { contractHomes } from "../why/contract-homes.ts";
import { around, circlesOf, type Edge, edgesOf } from "../why/waiting.ts";

const line = ({ from, to, call, time }: Edge) =>
  `${from} waits for ${to}: ${call}, for ${spanText(time)}\n`;

async function read(source: Source, server: string | undefined) {
  const servers = await source.servers();
  if (server !== undefined && !servers.some(({ name }) => name === server))
    throw new Failure(`there is no server ${server}; npx uusi ps lists them`);
  const waits = new Map<string, WaitsFacts>();
  for (const { name, state } of servers)
    if (state === "running" || state === "starting" || state === "ending")
      waits.set(name, await source.waits(name));
  const { up } = await source.uptime();
  const all = edgesOf(waits, await source.services(), contractHomes(), up);
  const circles = circlesOf(all);
  const { on, to } = server === undefined ? { on: all, to: [] } : around(all, server);
  const mute = [...waits]
    .filter(([name, facts]) => !facts.answers && (server === undefined || concerned(name)))
    .map(([name, { queued }]) => ({ server: name, queued }));
  function concerned(name: string): boolean {
    return name === server || on.some((edge) => edge.to === name);
  }
  const text = [
    ...on.map(line),
    ...to.map(line),
    ...mute.map(
      ({ server: name, queued }) =>
        `${name} does not answer: it is busy in a turn, and ${queued} messages wait for it\n`,
    ),
    ...circles.map((circle) => `a circle: ${[...circle, circle[0]].join(" waits for ")}\n`),
  ];
  if (server !== undefined && on.length === 0 && !mute.some((each) => each.server === server))
    text.unshift(`${server} waits for nobody: it is ${stateOf(server)}\n`);
  function stateOf(name: string): string {
    return servers.find((each) => each.name === name)?.state ?? "?";
  }
  if (text.length === 0) text.push("nobody waits for anybody\n");
  return { value: { waits: [...on, ...to], mute, circles }, text: text.join("") };
}

export const command = readingCommand("why", "[NAME]", "who waits for whom, and circles", read);
