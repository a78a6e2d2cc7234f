// The names under /svc and /dev: who serves each, and who waits until its server runs.
// Invariant: a waiting client is answered exactly once: when the server is ready, or when it will not come.
import type { Reply } from "../../sdk/contract/contract.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import type { NetRules } from "../../sdk/contract/net-rules.ts";
import { netTerms } from "../../sdk/contract/terms.ts";
import { answer, PARKED, park } from "../../sdk/hot/park.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Bootstrap } from "../../sdk/runtime/supervisor.contract.ts";
import { Session } from "./contract.ts";
import { kept } from "./kept.ts";
import type { Server } from "./server.ts";

/** Who opens a name, as its server gets to know. */
export interface Client {
  /** server, or `account:` and its name */
  readonly name: string;
  readonly process: number;
  /** where it may connect and listen */
  readonly net: NetRules | undefined;
}

/** Somebody who asked for a name. */
export interface Waiting {
  readonly client: Client;
  /** the reply object of its call, and whether that came over a session; 0: init itself waits */
  readonly reply: HandleNumber;
  readonly session: boolean;
  readonly own?: (result: Opened | Failure) => void;
}

function tell({ reply, session, own }: Waiting, result: Opened | Failure): void {
  if (own !== undefined) own(result);
  else if (session)
    answer(Session, "open", reply, result as Reply<(typeof Session.methods)["open"]>);
  else answer(Bootstrap, "open", reply, result as Reply<(typeof Bootstrap.methods)["open"]>);
}

/** The client's end of a new channel. */
export interface Opened {
  readonly channel: number;
}

/** One name. */
export interface Name {
  readonly name: string;
  /** Who serves it; undefined for names of init and of servers that were left out. */
  readonly server: Server | undefined;
  /** init's own service: takes the near end. */
  readonly own: ((near: Endpoint, client: string) => void) | undefined;
  /** Why nobody will ever serve it in this boot. */
  readonly absent: string | undefined;
  readonly contract: string;
  opened: number;
  readonly waiting: Waiting[];
}

/** All names, in the order in which they were declared. */
export interface Names {
  readonly list: Name[];
  /** Starts a server whose manifest says `start: "demand"`. */
  demand?: (server: Server) => void;
  /** A running server no longer hears of clients of that name. */
  deaf?: (server: Server, name: string) => void;
}

/** Most clients that wait for one name. */
const WAITING = 64;

/** Adds a name. */
export function declareName(
  names: Names,
  name: string,
  contract: string,
  from: Partial<Pick<Name, "server" | "own" | "absent">>,
): void {
  names.list.push({
    name,
    contract,
    server: from.server,
    own: from.own,
    absent: from.absent,
    opened: 0,
    waiting: [],
  });
}

/** Looks a name up. */
export function findName(names: Names, name: string): Name | undefined {
  return names.list.find((each) => each.name === name);
}

/** In a handler of `open`: opens a name for a client that may; the call is parked while the server starts. */
export function openName(
  names: Names,
  name: string,
  client: Client,
  session: boolean,
  own?: Waiting["own"],
): Opened | Failure | typeof PARKED {
  const entry = findName(names, name);
  if (entry === undefined)
    return refuse(failures.NOT_FOUND, `nobody serves ${name}; \`services\` lists the names`);
  if (entry.absent !== undefined) return refuse(failures.UNAVAILABLE, `${name}: ${entry.absent}`);
  if (entry.own !== undefined) return openOwn(entry, client.name);
  const server = entry.server as Server;
  const { supervised } = server;
  const sleeps = supervised.phase === "waiting" || supervised.phase === "stopped";
  const wakes = sleeps && server.entry.manifest.start === "demand";
  // A closed listener: its server has just died, and the report of it is on its way; or it will hear of nobody any more.
  const running = supervised.phase === "running";
  const listens = server.listeners[name]?.closed === false;
  if (running && listens) return handOver(entry, client);
  if ((supervised.phase === "stopped" && !wakes) || supervised.phase === "held")
    return refuse(
      failures.UNAVAILABLE,
      `${name}: its server ${supervised.name} does not run; \`log ${supervised.name}\` says why`,
    );
  if (entry.waiting.length >= WAITING)
    return refuse(failures.BUSY, `${WAITING} clients wait for ${name} already; try again`);
  if (own === undefined) entry.waiting.push({ client, reply: park(), session });
  else entry.waiting.push({ client, reply: 0 as HandleNumber, session, own });
  kept.changed();
  if (running) names.deaf?.(server, name);
  if (wakes) names.demand?.(server);
  return PARKED;
}

function openOwn(entry: Name, client: string): Opened | Failure {
  const pair = Endpoint.pair();
  if (pair instanceof Failure) return pair;
  entry.opened += 1;
  entry.own?.(new Endpoint(pair.near), client);
  return { channel: pair.far };
}

/** Tells the server of a new client. */
function handOver(entry: Name, { name, process, net }: Client): Opened | Failure {
  const listener = entry.server?.listeners[entry.name];
  if (listener === undefined)
    return refuse(failures.UNAVAILABLE, `${entry.name}: its server does not listen`);
  const pair = Endpoint.pair();
  if (pair instanceof Failure) return pair;
  const fault = listener.send.connection({
    channel: pair.near,
    client: name,
    process,
    terms: entry.contract.startsWith("net ") ? netTerms(net) : [],
  });
  if (fault !== undefined) {
    closeHandle(pair.near);
    closeHandle(pair.far);
    return fault;
  }
  entry.opened += 1;
  return { channel: pair.far };
}

/** Opens a name for init itself. */
export function openForInit(names: Names, name: string): Promise<Opened | Failure> {
  return new Promise((resolve) => {
    const client = { name: "init", process: 0, net: undefined };
    const opened = openName(names, name, client, false, resolve);
    if (opened !== PARKED) resolve(opened as Opened | Failure);
  });
}

function waitingFor(entry: Name): Waiting[] {
  if (entry.waiting.length > 0) kept.changed();
  return entry.waiting.splice(0);
}

/** The server runs: its waiting clients get their channels. */
export function nameReady(names: Names, server: Server): void {
  for (const entry of names.list) {
    if (entry.server !== server) continue;
    for (const each of waitingFor(entry)) tell(each, handOver(entry, each.client));
  }
}

/** Whether clients wait for a server. */
export function nameWanted(names: Names, server: Server): boolean {
  return names.list.some((entry) => entry.server === server && entry.waiting.length > 0);
}

/** The server will not run for now: its waiting clients are told. */
export function nameGone(names: Names, server: Server, why: string): void {
  for (const entry of names.list) {
    if (entry.server !== server) continue;
    for (const each of waitingFor(entry))
      tell(each, refuse(failures.UNAVAILABLE, `${entry.name}: ${why}`));
  }
}
