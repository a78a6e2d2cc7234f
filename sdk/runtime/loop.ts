// The event loop: one port, one wait. `turn` dispatches a batch of events by slot; the turn's messages leave together after it.
// Invariant: a slot is used again only when its handle is closed and the events collected before that were dealt with: they find nobody.
import { events as eventTypes, layouts, limits } from "../abi/table.ts";
import type { Reader, Receiver } from "../contract/channel.ts";
import { followed, traceHook, tracing } from "../contract/tracing.ts";
import { uusi } from "./binding.ts";
import { closeHandle } from "./handle.ts";
import { hold, holding } from "./hold.ts";
import type { Lane } from "./lane.ts";
import { messageBuffer } from "./message-buffer.ts";
import {
  closedSlots,
  decideBy,
  dropOutbox,
  endCall,
  flush,
  outboxBusy,
  outboxLeft,
  outboxWaits,
} from "./outbox.ts";
import { FIRST_RINGS, ringsFor } from "./recorder-page.ts";
import { nextStep, steps } from "./stepwise.ts";
import { systemCalls } from "./system-call.ts";
import { earliest, runTimers } from "./timers.ts";
import { turnTime } from "./turn-time.ts";

/** What receives the events of one bound handle. */
export interface Source {
  /** gets calls and messages of a channel without the way over `event` */
  receiver?: Receiver | undefined;
  /** `at`: offset of the payload in the message buffer; `event`: offset of the event. Both hold during the call only. */
  event(type: number, at: number, length: number, event: number): void;
}

const sources: (Source | undefined)[] = [undefined]; // key 0 is none
const free: number[] = [];

const { words } = messageBuffer;
const HEADER: number = layouts.event.HEADER;
const FIRST: number = limits.EVENT_OFFSET + layouts.wait.HEADER;
/** places of the wait's head in `words` */
const FAILED = (limits.EVENT_OFFSET >> 2) + 1;
const NOW_LOW = (limits.EVENT_OFFSET >> 2) + 2;
const NOW_HIGH = (limits.EVENT_OFFSET >> 2) + 3;

/** The message of the current event. */
export const received: Reader = {
  bytes: messageBuffer.bytes,
  words,
  view: messageBuffer.view,
  at: 0,
  end: 0,
  handles: [],
  handleCount: 0,
  handleNext: 0,
};

// made during a hold: handle, slot and source of each, to be bound when it is over
let unbound: { readonly handle: number; readonly slot: number; readonly source: Source }[] = [];

// slots for which there is a ring each that keeps the heads of their last messages (recorder-page.ts)
let rings = FIRST_RINGS;
let lacking: ((slots: number) => void) | undefined;

/** Runs `f` when more slots than before are in use, where they lack rings for the heads of their messages. */
export function onLackingRings(f: (slots: number) => void): void {
  lacking = f;
  rings = FIRST_RINGS;
  lookForRings();
}

function lookForRings(): void {
  const more = ringsFor(rings, sources.length);
  if (more === rings || lacking === undefined) return;
  rings = more;
  lacking(sources.length);
}

/** Binds a handle to the loop's port; returns the slot, or an error below 0. */
export function addSource(handle: number, source: Source): number {
  const slot = free.length > 0 ? free.pop()! : sources.length;
  let result = 0;
  if (holding) {
    result = uusi.sys(systemCalls.handle_info, handle);
    unbound.push({ handle, slot, source });
  } else result = uusi.sys(systemCalls.bind, handle, uusi.port, slot);
  if (result < 0) {
    if (slot < sources.length) free.push(slot);
    return result;
  }
  sources[slot] = source;
  if (slot >= rings) lookForRings();
  return slot;
}

/** Forgets a source. Events that are already collected for it are dropped; the caller closes or unbinds the handle. */
export function removeSource(slot: number): void {
  if (slot <= 0 || sources[slot] === undefined) return;
  sources[slot] = undefined;
  closedSlots.push(slot);
}

/** As `removeSource` for a handle that stays open until messages have left: `closedSlots` says when its slot is free. */
export function forgetSource(slot: number): void {
  if (slot > 0) sources[slot] = undefined;
}

/** The hold is over: what it made is bound to the loop's port. */
export function bindHeld(): void {
  const all = unbound;
  unbound = [];
  for (const { handle, slot, source } of all)
    if (sources[slot] === source) uusi.sys(systemCalls.bind, handle, uusi.port, slot);
}

/** Reads the handles of the event at offset `event` into `received`; returns where its payload begins. */
function receiveHandles(event: number, handles: number): number {
  let from = (event + HEADER) >> 2;
  for (let i = 0; i < handles; i++) received.handles[i] = words[from++]!;
  received.handleCount = handles;
  received.handleNext = 0;
  return event + HEADER + ((handles * 4 + 7) & ~7);
}

/** Gives an event to the source that it is for, as a turn does: one that a native thread has taken. `received` holds its message; `reply`: a call's, else 0. */
export function deliver(type: number, key: number, reply: number): void {
  const source = sources[key];
  if (source === undefined) dropEvent(type, reply);
  else if (type === eventTypes.CALL && source.receiver !== undefined)
    source.receiver.call(received, reply);
  else if (type === eventTypes.MESSAGE && source.receiver !== undefined)
    source.receiver.message(received);
  else if (type === eventTypes.CALL || received.handleCount > 0) dropEvent(type, reply);
  else source.event(type, received.at, received.end - received.at, 0);
}

let onStart: ((at: number, length: number, handles: readonly number[]) => void) | undefined;
let afterwards: (() => void) | undefined;

/** Ends the loop after the messages of this turn have left: `f` is called then and does not return. */
export function afterMessages(f: () => void): void {
  afterwards = f;
  look();
}

/** Whether the end of the process was asked for. */
export function isEnding(): boolean {
  return afterwards !== undefined;
}

let leaving: (() => void) | undefined;

/** Runs `f` at the end of each turn, after its jobs and before its messages leave. */
export function beforeMessages(f: () => void): void {
  leaving = f;
  look();
}

let arriving: ((bytes: number) => void) | undefined;
// whether a turn has more to do at its begin or end than with events and messages
let special = false;
// whether turns take one event each
let stepping = false;

// whether events are more than messages to be dealt with
let odd = false;
let lane: Lane | undefined;
// whether all of this turn was the lane's
let quiet = false;

function look(): void {
  odd =
    arriving !== undefined ||
    deciding !== undefined ||
    afterwards !== undefined ||
    stepping ||
    ownPort !== 0;
  special = odd || leaving !== undefined || lane !== undefined;
  decideBy(decide, special);
}

/** From now on `which` is asked first for each turn in which it holds anything. */
export function setLane(which: Lane): void {
  lane = which;
  look();
}

/** Whether the lane may deal with a turn: nothing but events is to be done, and in no other way than ever. */
function laneMay(failed: number): boolean {
  if (failed !== 0 || outboxBusy || odd || holding || traceHook !== undefined) return false;
  return followed === 0 && (earliest < 0 || earliest > turnTime.now);
}

/** When the loop has to go on by itself; ns since boot, -1 never. */
function soonest(): number {
  if (lane === undefined || lane.deadline < 0) return earliest;
  return earliest < 0 || lane.deadline < earliest ? lane.deadline : earliest;
}

/** Runs `f` at the begin of each turn, with the bytes of its events, before anything looks at them. */
export function beforeTurns(f: (bytes: number) => void): void {
  arriving = f;
  look();
}

let deciding: (() => number | undefined) | undefined;
let ownPort = 0;

/** Waits without a deadline, and without the engine's rest of an idle second (all ones is a wait with it). */
export const STILL = -2;

/**
 * Asks `f` at the end of each turn, after its jobs. What it returns is the deadline of the next wait, STILL for none; undefined leaves the
 * loop to itself. It may call `waitElsewhere`.
 */
export function decideWaits(f: (() => number | undefined) | undefined): void {
  deciding = f;
  look();
}

let cameElsewhere: ((handles: ReadonlySet<number>) => void) | undefined;

/**
 * Another port for the next wait alone: what the loop's own port has to say is left where it is. `came` is called at the begin of the turn
 * behind it with the handles of its events, reply objects too, before anything looks at them.
 */
export function waitElsewhere(port: number, came?: (handles: ReadonlySet<number>) => void): void {
  if (ownPort === 0) ownPort = uusi.port;
  uusi.port = port;
  cameElsewhere = came;
  look();
}

function handlesOfEvents(bytes: number): Set<number> {
  const handles = new Set<number>();
  for (let event = FIRST; event < FIRST + bytes; event += words[event >> 2]!) {
    const w = event >> 2;
    if ((words[w + 1]! & 65535) === eventTypes.CALL) handles.add(words[w + 3]!);
    for (let i = 0; i < words[w + 1]! >>> 16; i++) handles.add(words[((event + HEADER) >> 2) + i]!);
  }
  return handles;
}

let lastWords: ((code: number) => void) | undefined;

/** Called in a turn of its own when a limit has ended the turn before (exit code 71: time, 70: heap). */
export function onLimit(f: (code: number) => void): void {
  lastWords = f;
}

/**
 * A limit has ended a turn in its midst. It has had no effect: what it would have sent is dropped, what it has changed of durable state is
 * not written. What `lastWords` sends leaves, then the process ends; nothing that was begun before goes on.
 */
function lastTurn(code: number): void {
  const swapping = holding || deciding !== undefined;
  leaving = deciding = undefined;
  dropOutbox();
  // In the midst of a swap the other side decides what becomes of all that this code has.
  if (lastWords !== undefined && !swapping) lastWords(code);
  afterwards = () => void uusi.sys(systemCalls.process_exit, code);
  look();
  hold.on = true;
}

function turn(bytes: number): void {
  if (bytes < 0) {
    lastTurn(-bytes);
    return;
  }
  let event = FIRST;
  if (lane !== undefined && lane.holds) {
    turnTime.now = words[NOW_LOW]! + words[NOW_HIGH]! * 4294967296;
    // What has left is dealt with here, since it concerns nobody.
    if (outboxBusy && words[FAILED] === 0) outboxLeft(0, received);
    const may = laneMay(words[FAILED]!);
    const done = lane.take(bytes, may);
    if (lane.holds) {
      quiet = true;
      return;
    }
    event += done;
  }
  if (special) {
    if (arriving !== undefined) arriving(bytes);
    if (ownPort !== 0) {
      uusi.port = ownPort;
      ownPort = 0;
      look();
      if (cameElsewhere !== undefined) cameElsewhere(handlesOfEvents(bytes));
    }
    if (afterwards !== undefined && !outboxWaits()) afterwards();
  }
  turnTime.now = words[NOW_LOW]! + words[NOW_HIGH]! * 4294967296;
  const failed = words[FAILED]!;
  if (failed !== 0 || outboxBusy) {
    received.handleCount = received.handleNext = 0;
    received.at = received.end = FIRST;
    outboxLeft(failed, received);
  }
  if (stepping || traceHook !== undefined) {
    stepping = traceHook !== undefined || steps.waiting > 0;
    look();
  }
  if (stepping) bytes = nextStep(bytes, !holding && runTimers(turnTime.now, true));
  const end = FIRST + bytes;
  let at = 0;
  while (event < end) {
    const w = event >> 2;
    const size = words[w]!;
    let type = words[w + 1]!;
    if (type > 65535) {
      at = receiveHandles(event, type >>> 16);
      type &= 65535;
    } else {
      at = event + HEADER;
      if (received.handleCount !== 0) received.handleCount = received.handleNext = 0;
    }
    received.at = at;
    received.end = at + words[w + 8]!;
    if (followed !== 0) tracing.current = 0;
    if (type === eventTypes.REPLY) endCall(words[w + 4]!, words[w + 2]! | 0, received);
    else if (type === eventTypes.START) begin();
    else {
      const source = sources[words[w + 4]!];
      if (source === undefined) dropEvent(type, words[w + 3]!);
      else if (type === eventTypes.CALL && source.receiver !== undefined)
        source.receiver.call(received, words[w + 3]!);
      else if (type === eventTypes.MESSAGE && source.receiver !== undefined)
        source.receiver.message(received);
      else source.event(type, at, words[w + 8]!, event);
    }
    event += size;
  }
  if (stepping) {
    if (steps.waiting > 0) return;
  } else if (earliest >= 0 && !holding && earliest <= turnTime.now) runTimers(turnTime.now);
  while (closedSlots.length > 0) free.push(closedSlots.pop()!);
}

function begin(): void {
  const start = onStart;
  onStart = undefined;
  const { at, end, handles, handleCount } = received;
  if (start !== undefined) start(at, end - at, handles.slice(0, handleCount));
}

// A message for a source that was closed in this very turn.
function dropEvent(type: number, reply: number): void {
  for (let i = 0; i < received.handleCount; i++) closeHandle(received.handles[i]!);
  if (type === eventTypes.CALL) closeHandle(reply);
}

function decide(): void {
  if (quiet) {
    quiet = false;
    uusi.deadline = soonest();
    return;
  }
  if (leaving !== undefined) leaving();
  // Events that wait for turns of their own are this process's: it does not come to rest before them.
  const wait = deciding === undefined || steps.waiting > 0 ? undefined : deciding();
  if (wait !== undefined) uusi.deadline = wait;
  else {
    const again = outboxWaits() || steps.waiting > 0 || afterwards !== undefined;
    uusi.deadline = again ? 0 : soonest();
  }
}

/** Makes the port and hands `turn` and `flush` to the host. `start` gets the START event. */
export function startLoop(
  start: (at: number, length: number, handles: readonly number[]) => void,
): void {
  if (uusi.port !== 0) throw new Error("run was called twice");
  onStart = start;
  const port = uusi.sys(systemCalls.port_create);
  if (port < 0) throw new Error(`no port: error ${port}`);
  uusi.port = port;
  uusi.turn = turn;
  uusi.flush = flush;
  look();
}
