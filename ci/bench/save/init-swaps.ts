// Swaps of init itself in a running system, one after another, as its line tells them.
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { swapCode } from "../../../sdk/cli/push/swap-server.ts";
import { variantOf } from "../../e2e/server-variant.ts";

const LINE = /^swapped init ([\d.]+) ms \(paused ([\d.]+) ms/;

/** In ms: from the request to the line, and the pause in it; `refused`: swaps that came to nothing. */
export interface InitSwaps {
  readonly total: number[];
  readonly paused: number[];
  readonly refused: string[];
}

/** Swaps init so often. `channel`: the socket of the machine's line to its host. */
export async function swapInitAgain(channel: string, count: number): Promise<InitSwaps> {
  const code = await variantOf("init", "bench", "(globalThis as { mark?: number }).mark = 1;");
  const connection = await Connection.open(channel);
  const swaps: InitSwaps = { total: [], paused: [], refused: [] };
  try {
    for (let swap = 0; swap < count; swap++) {
      const { line } = await swapCode(connection, code).catch(({ message }: Error) => ({
        line: message,
      }));
      const match = LINE.exec(line);
      if (match === null) swaps.refused.push(line);
      else {
        swaps.total.push(Number(match[1]));
        swaps.paused.push(Number(match[2]));
      }
    }
  } finally {
    connection.close();
  }
  return swaps;
}
