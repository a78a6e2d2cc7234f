// One swap from sources to answer, with its parts: what `uusi swap`, `uusi dev` and `uusi bench swap` share.
import type { Connection } from "../channel/connection.ts";
import { pushCode } from "./push-code.ts";
import { PushedCodes } from "./pushed.ts";
import { type ServerCode, serverCode, type World } from "./server-code.ts";

/** How a swap ended, as `init` says it (servers/init/contract.ts). */
export interface SwapAnswer {
  readonly server: string;
  readonly kind: "swapped" | "restarted" | "refused";
  readonly line: string;
}

/** A swap with its parts: sizes in bytes, times in ms. */
export interface SwapReport extends SwapAnswer {
  readonly digest: string;
  readonly size: number;
  readonly sent: number;
  readonly ms: { readonly bundle: number; readonly push: number; readonly swap: number };
}

type Line = Pick<Connection, "ask" | "piece">;

function answerOf(server: string, reply: Record<string, unknown>): SwapAnswer {
  const kind = reply["kind"] as SwapAnswer["kind"];
  return { server, kind, line: reply["line"] as string };
}

/** Pushes code that was made already and swaps it in. @throws Failure */
export async function swapCode(
  connection: Line,
  { name, code, manifest }: ServerCode,
  bundle = 0,
): Promise<SwapReport> {
  const begun = performance.now();
  const pushed = await pushCode(connection, new PushedCodes(), name, code);
  const arrived = performance.now();
  const { digest } = pushed;
  const reply = await connection.ask("swap", { server: name, digest, manifest });
  const ms = { bundle, push: arrived - begun, swap: performance.now() - arrived };
  return { ...answerOf(name, reply), ...pushed, ms };
}

/** Bundles, pushes and swaps one server. @throws Failure */
export async function swapServer(
  connection: Line,
  name: string,
  world: World,
): Promise<SwapReport> {
  const begun = performance.now();
  const code = await serverCode(name, world);
  return swapCode(connection, code, performance.now() - begun);
}

/** Swaps back to the code before; with `drop` it starts afresh. @throws Failure */
export async function rollBack(
  connection: Line,
  server: string,
  drop = false,
): Promise<SwapAnswer> {
  return answerOf(server, await connection.ask("rollback", { server, drop }));
}
