// Asks a server what it waits for. Its runtime answers, not its code; a server that hangs does not answer, and that is said.
// Invariant: every question ends, with the answer to it or after PATIENCE; at most MOST are open for a server.
import { Failure } from "../../sdk/contract/failure.ts";
import { after } from "../../sdk/runtime/timers.ts";
import type { Server } from "./server.ts";
import type { SystemState } from "./system-state.ts";

const PATIENCE = 500e6;
const MOST = 16;

/** A call on its way; `since` in ns since boot. */
export interface Call {
  readonly contract: string;
  readonly method: string;
  readonly service: string;
  readonly since: number;
}

/** Open questions to one server. */
export interface Inspections {
  last: number;
  open: { readonly number: number; readonly done: (calls: readonly Call[] | undefined) => void }[];
}

/** What a server waits for. */
export interface Waits {
  readonly state: string;
  readonly answers: boolean;
  readonly queued: number;
  readonly calls: Call[];
}

/** An answer; it is for the question of that number and all older ones. */
export function inspected(server: Server, number: number, calls: readonly Call[]): void {
  const { inspections } = server;
  const answered = inspections.open.filter((each) => each.number <= number);
  inspections.open = inspections.open.filter((each) => each.number > number);
  for (const { done } of answered) done(calls.slice(0, MOST));
}

function ask(server: Server): Promise<readonly Call[] | undefined> {
  const { inspections, peer } = server;
  if (peer === undefined || inspections.open.length >= MOST) return Promise.resolve(undefined);
  inspections.last += 1;
  const number = inspections.last;
  return new Promise((resolve) => {
    inspections.open.push({ number, done: resolve });
    peer.send.inspect({ number });
    after(PATIENCE, () => {
      inspections.open = inspections.open.filter((each) => each.number !== number);
      resolve(undefined);
    });
  });
}

/** What it waits for now. An `open` that waits for a server's start leads to the name that is opened. */
export async function waitsOf(system: SystemState, server: Server): Promise<Waits> {
  const info = server.process?.info();
  const queued = info === undefined || info instanceof Failure ? 0 : info.queued;
  const calls = await ask(server);
  const names = system.names.list
    .filter(({ waiting }) => waiting.some(({ client }) => client.name === server.entry.name))
    .map(({ name }) => name);
  return {
    state: server.supervised.phase,
    answers: calls !== undefined,
    queued,
    calls: (calls ?? []).map((call) => {
      if (call.contract !== "bootstrap" || call.method !== "open") return call;
      return { ...call, service: names.shift() ?? "" };
    }),
  };
}
