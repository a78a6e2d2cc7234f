// Answers a save: which servers it concerns, their new code into the system, and one line about it.
// Invariant: every save ends with exactly one line, whatever happens.
import type { ServerCode } from "../push/server-code.ts";
import type { SwapAnswer } from "../push/swap-server.ts";
import { type Affected, isAside } from "./affected.ts";

/** What answering needs of the world. */
export interface SaveEffects {
  /** makes a server's code from its sources; throws what the compiler says */
  make(server: string): Promise<ServerCode>;
  /**
   * swaps code in, and in the same step that of servers which have to come along, as `make` makes it; throws what the system or the line
   * says
   */
  swap(
    code: ServerCode,
    make: (server: string) => Promise<ServerCode | undefined>,
  ): Promise<{ readonly report: SwapAnswer; readonly others: readonly ServerCode[] }>;
  /** the first fault of types in files that concern one of the servers, when a fault shall block; else undefined */
  fault(concerns: (file: string) => boolean): Promise<string | undefined>;
}

/** At most the first line: the rest is for `npx uusi swap`. */
const reason = (error: unknown) => `${(error as Error)?.message ?? error}`.split("\n")[0]!;

/** The line for a save of `files`. */
export async function answerSave(
  files: readonly string[],
  affected: Affected,
  effects: SaveEffects,
): Promise<string> {
  const servers = affected.by(files);
  const what = files.length === 1 ? files[0] : `${files.length} files`;
  if (servers.length === 0) {
    const why = files.every(isAside)
      ? "is no part of a server's code"
      : "is part of no server that runs";
    return `kept the system as it is: ${what} ${why}`;
  }
  try {
    const concerns = (file: string) => servers.some((server) => affected.isPart(server, file));
    const fault = await effects.fault(concerns);
    if (fault !== undefined) return `refused ${servers.join(", ")} because ${fault}`;
  } catch (error) {
    return `refused ${servers.join(", ")} because types can't be checked: ${reason(error)}`;
  }
  const parts: string[] = [];
  // whose own file it is goes first: with a contract that has changed those who speak it come along
  const isOwner = (server: string) => files.some((file) => file.startsWith(`servers/${server}/`));
  const left = [...servers].sort((a, b) => Number(isOwner(b)) - Number(isOwner(a)));
  for (let server = left.shift(); server !== undefined; server = left.shift()) {
    const { line, along } = await swapOne(server, affected, effects);
    parts.push(line);
    for (const other of along) if (left.includes(other)) left.splice(left.indexOf(other), 1);
  }
  return parts.join("; ");
}

async function swapOne(
  server: string,
  affected: Affected,
  effects: SaveEffects,
): Promise<{ readonly line: string; readonly along: readonly string[] }> {
  const make = async (name: string) => {
    const code = await effects.make(name);
    affected.learn(name, code.sources);
    return code;
  };
  try {
    const { report, others } = await effects.swap(await make(server), (name) =>
      affected.knows(name) ? make(name) : Promise.resolve(undefined),
    );
    return { line: report.line.replaceAll("\n", " "), along: others.map(({ name }) => name) };
  } catch (error) {
    return { line: `refused ${server} because ${reason(error)}`, along: [] };
  }
}
