// The running code's part of a swap: copies of its state, and the stop at a message boundary.
// Invariant: while it is stopped the process waits on a port to which its hot channel alone is bound, and every handle is where it was;
// `resume` brings back exactly what was.
import { Failure, failures } from "../contract/failure.ts";
import { coreOf } from "../contract/adopt-peer.ts";
import { takeReply } from "../contract/parked.ts";
import { uusi } from "../runtime/binding.ts";
import type { Endpoint } from "../runtime/endpoint.ts";
import { closeHandle } from "../runtime/handle.ts";
import { decideWaits, STILL, waitElsewhere } from "../runtime/loop.ts";
import { outboxBytes } from "../runtime/outbox.ts";
import { servedNames } from "../runtime/served.ts";
import { systemCalls } from "../runtime/system-call.ts";
import { now } from "../runtime/time.ts";
import { earliest } from "../runtime/timers.ts";
import { openWork } from "./busy.ts";
import { durableMemory } from "./durable.ts";
import { Hot } from "./hot.contract.ts";
import { hooks } from "./hooks.ts";
import { takeImage, type Wanted, writeImage } from "./image.ts";
import { ownHandles } from "./own-handles.ts";
import { answer } from "./park.ts";
import { tableHooks } from "./table-hooks.ts";

interface Stop {
  readonly reply: number;
  readonly wanted: Wanted;
  readonly limit: number;
  readonly channel: Endpoint;
  /** the port for the time of the stop */
  readonly port: number;
  /** from when on no client is served; 0 while they are */
  since: number;
  /** the handles of this process, once it has stopped */
  held: ReadonlySet<number> | undefined;
  /** what somebody else had put there when the last turn began: not what came with its events, or was made in it */
  strange: number[];
}

let stop: Stop | undefined;

const refused = (error: unknown) =>
  new Failure(failures.INVALID, error instanceof Error ? error.message : String(error));

/** The state in memory: a copy for a trial while everything goes on, or what is handed over after it. */
export function snapshot(wanted: string, copy: boolean): { state: number; size: number } | Failure {
  try {
    return writeImage(takeImage(JSON.parse(wanted) as Wanted, durableMemory(), copy));
  } catch (error) {
    return refused(error);
  }
}

/** Begins to stop; the answer leaves when it has, or when the time is over. */
export function quiesce(channel: Endpoint, wanted: string, within: number): Failure | undefined {
  if (stop !== undefined) return new Failure(failures.BUSY, "it is being stopped already");
  const port = uusi.sys(systemCalls.port_create);
  if (port < 0) return new Failure(failures.LIMIT, "it has no memory for a port");
  stop = {
    reply: takeReply(),
    wanted: JSON.parse(wanted) as Wanted,
    limit: now() + within,
    channel,
    port,
    since: 0,
    held: undefined,
    strange: [],
  };
  decideWaits(decide);
  for (const handler of hooks.stopping) handler(true);
  return undefined;
}

/** Goes on as if nothing had happened: what somebody else has put into the vault meanwhile is closed. */
export function resume(): void {
  if (stop !== undefined && stop.held === undefined) closeHandle(stop.reply);
  if (stop?.held !== undefined) {
    for (const each of stop.strange) closeHandle(each);
    // only now: before it had stopped, what is uncommitted is this turn's own
    tableHooks.present?.undo();
  }
  stop?.channel.bindTo(uusi.port);
  over();
}

/** Clients and new clients wait in the nucleus from now on, or are heard again. */
function serveFrom(port: number): void {
  for (const { service, listener } of servedNames) {
    listener.bindTo(port);
    for (const peer of coreOf(service).peers) (peer.channel as Endpoint).bindTo(port);
  }
}

function over(): void {
  if (stop === undefined) return;
  if (stop.since > 0) serveFrom(uusi.port);
  closeHandle(stop.port);
  stop = undefined;
  decideWaits(undefined);
  for (const handler of hooks.stopping) handler(false);
}

function refuse(reason: Failure): undefined {
  answer(Hot, "quiesce", stop!.reply, reason);
  over();
  return undefined;
}

/** At the end of each turn from `quiesce` on. */
function decide(): number | undefined {
  if (stop === undefined) return undefined;
  if (stop.held !== undefined) return still(stop);
  const work = openWork();
  const time = uusi.sys(systemCalls.clock);
  if (work !== "" && time >= stop.limit) return refuse(new Failure(failures.BUSY, work));
  if (stop.since === 0) {
    stop.since = time;
    serveFrom(0);
  }
  if (work !== "") {
    return outboxBytes() > 0 ? 0 : earliest < 0 ? stop.limit : Math.min(earliest, stop.limit);
  }
  if (outboxBytes() > 0) {
    // their failures are to be dealt with before; new events are not for this code any more
    waitElsewhere(stop.port);
    return 0;
  }
  const { wanted, reply, since } = stop;
  const taken = snapshot(JSON.stringify(wanted), false);
  if (taken instanceof Failure) return refuse(taken);
  if (outboxBytes() > 0) {
    closeHandle(taken.state);
    return refuse(new Failure(failures.INVALID, "a `dispose` handler sends messages"));
  }
  stop.held = new Set(ownHandles().filter((each) => each !== reply && each !== taken.state));
  answer(Hot, "quiesce", reply, { ...taken, since });
  return still(stop);
}

/** Waits for the hot channel alone. */
function still(own: Stop): number {
  own.channel.bindTo(own.port);
  waitElsewhere(own.port, (came) => {
    own.strange = ownHandles().filter((each) => !own.held!.has(each) && !came.has(each));
  });
  return STILL;
}
