// A server's declared state for people, asked over its hot channel.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Server } from "./server.ts";

/** A server that hangs is not waited for longer. */
const PATIENCE = 1e9;

/** Memory with JSON, or why there is none. */
export async function stateOf(server: Server): Promise<{ text: number; size: number } | Failure> {
  const { name } = server.entry;
  if (server.process === undefined)
    return refuse(failures.INVALID, `${name} does not run: it is ${server.supervised.phase}`);
  if (server.hot === undefined)
    return refuse(failures.INVALID, `${name} declares no state (docs/hot-swap.md)`);
  return server.hot.show({}, { timeout: PATIENCE });
}
