// Swaps from sources to answer, with their parts: what `uusi swap`, `uusi dev` and `uusi bench swap` share.
import type { Connection } from "../channel/connection.ts";
import { differingFields } from "./differing-field.ts";
import { type Pushed, pushCode } from "./push-code.ts";
import { PushedCodes } from "./pushed.ts";
import { type ServerCode, serverCode, type World } from "./server-code.ts";

/** How a swap ended, as `init` says it (servers/init/contract.ts). */
export interface SwapAnswer {
  readonly server: string;
  readonly kind: "swapped" | "restarted" | "refused";
  readonly line: string;
  /** refused: who else speaks a contract as it was, and would have to be swapped in the same step */
  readonly along: readonly string[];
  /** refused for what was so at that moment */
  readonly again: boolean;
  /** how often it was tried */
  readonly tries: number;
}

/** A swap with its parts: sizes in bytes, times in ms. Of several servers together, `size` and `sent` are sums. */
export interface SwapReport extends SwapAnswer {
  readonly digest: string;
  readonly size: number;
  readonly sent: number;
  readonly ms: { readonly bundle: number; readonly push: number; readonly swap: number };
}

type Line = Pick<Connection, "ask" | "piece">;

function answerOf(server: string, reply: Record<string, unknown>): SwapAnswer {
  const kind = reply["kind"] as SwapAnswer["kind"];
  const along = (reply["along"] ?? []) as string[];
  const again = reply["again"] === true;
  return { server, kind, line: reply["line"] as string, along, again, tries: 1 };
}

/** Before another try, in ms: what was refused for a moment's sake is tried again after each. */
const PAUSES = [50, 100, 200, 400];

/** Asks until the answer is not one of the moment, or the pauses are over. */
async function persist(server: string, ask: () => Promise<Record<string, unknown>>) {
  for (let tries = 1; ; tries++) {
    const answer = answerOf(server, await ask());
    const pause = answer.again ? PAUSES[tries - 1] : undefined;
    if (pause === undefined) {
      const note = tries > 1 ? `, try ${tries}` : "";
      return { ...answer, line: answer.line + note, tries };
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Pushes code that was made already and swaps it in: with `others` in one step. @throws Failure */
export async function swapCode(
  connection: Line,
  own: ServerCode,
  bundle = 0,
  others: readonly ServerCode[] = [],
): Promise<SwapReport> {
  const begun = performance.now();
  const all = [];
  for (const each of [own, ...others]) all.push(await pushAll(connection, each));
  const arrived = performance.now();
  const [{ field }, ...rest] = all as [(typeof all)[number], ...typeof all];
  const together = rest.length === 0 ? {} : { together: rest.map((each) => each.field) };
  const answer = await persist(own.name, () => connection.ask("swap", { ...field, ...together }));
  const ms = { bundle, push: arrived - begun, swap: performance.now() - arrived };
  const pushed = all.flatMap((each) => each.pushed);
  const sum = (of: (each: Pushed) => number) => pushed.reduce((total, each) => total + of(each), 0);
  return {
    ...answer,
    digest: field.digest,
    size: sum(({ size }) => size),
    sent: sum(({ sent }) => sent),
    ms,
  };
}

/** Pushes a server's code and kernels: how, and the fields of a `swap` that name them. */
async function pushAll(connection: Line, { name, code, manifest, kernels = [] }: ServerCode) {
  const codes = new PushedCodes();
  const own = await pushCode(connection, codes, name, code);
  const pushed = [own];
  const named = [];
  for (const kernel of kernels) {
    const its = await pushCode(connection, codes, `kernel-${kernel.name}`, kernel.file);
    pushed.push(its);
    named.push({ name: kernel.name, digest: its.digest });
  }
  return { pushed, field: { server: name, digest: own.digest, manifest, kernels: named } };
}

/**
 * Swaps code in. When others speak a contract of it as it was, they are made, too, and all are swapped in one step; who can't be made
 * (`make` gives undefined) leaves it refused.
 * @throws Failure
 */
export async function swapAlong(
  connection: Line,
  [own, ...others]: readonly [ServerCode, ...ServerCode[]],
  bundle: number,
  make: (server: string) => Promise<ServerCode | undefined>,
): Promise<{ readonly report: SwapReport; readonly others: readonly ServerCode[] }> {
  let report = await swapCode(connection, own, bundle, others);
  // one who comes along may have clients of its own
  while (report.along.length > 0) {
    const begun = performance.now();
    const known = [own, ...others].map(({ name }) => name);
    const more = report.along.filter((name) => !known.includes(name));
    const made = await Promise.all(more.map(make));
    if (more.length === 0 || made.includes(undefined)) break;
    others.push(...(made as ServerCode[]));
    report = await swapCode(connection, own, bundle + performance.now() - begun, others);
  }
  const made = [own, ...others].flatMap(({ contracts = [] }) => contracts);
  if (report.kind !== "refused" || report.along.length === 0 || made.length === 0)
    return { report, others };
  const field = await differingFields(connection, made, report.along);
  if (field !== "") report = { ...report, line: `${report.line} (${field})` };
  return { report, others };
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
  return persist(server, () => connection.ask("rollback", { server, drop }));
}
