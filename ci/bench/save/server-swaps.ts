// Swaps of a running server one after another, as their lines tell them.
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { swapCode } from "../../../sdk/cli/push/swap-server.ts";
import { variantOf } from "../../e2e/server-variant.ts";

const LINE = /^(?:swapped|restarted) \S+ ([\d.]+) ms(?: \(paused ([\d.]+) ms)?/;

/** In ms: from the request to the line, and the pause in it, which one that starts again has none of. */
export interface ServerSwaps {
  readonly total: number[];
  readonly paused: number[];
  /** lines of swaps that came to nothing */
  readonly refused: string[];
  /** a line of one that started again instead */
  readonly restarted: string | undefined;
}

/** Swaps a server so often. `channel`: the socket of the machine's line to its host. */
export async function swapAgain(
  channel: string,
  server: string,
  count: number,
): Promise<ServerSwaps> {
  const mark = "(globalThis as { mark?: number }).mark";
  // in turn, so that every swap brings other code
  const codes = [
    await variantOf(server, `${server}-bench-1`, `${mark} = 1;`),
    await variantOf(server, `${server}-bench-2`, `${mark} = 2;`),
  ];
  const [total, paused, refused]: [number[], number[], string[]] = [[], [], []];
  let restarted: string | undefined;
  for (let swap = 0; swap < count; swap++) {
    // a server that carries the line may take it away
    const connection = await Connection.open(channel);
    const { line } = await swapCode(connection, codes[swap % 2]!).catch(({ message }: Error) => ({
      line: message,
    }));
    connection.close();
    const match = LINE.exec(line);
    if (match === null) refused.push(line);
    else {
      total.push(Number(match[1]));
      if (match[2] === undefined) restarted = line;
      else paused.push(Number(match[2]));
    }
  }
  return { total, paused, refused, restarted };
}
