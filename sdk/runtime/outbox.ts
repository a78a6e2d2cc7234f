// Messages of the turn, encoded straight into the submit area; they leave together with the next wait.
// Invariant: order of submission is order of the calls here. What does not fit goes to `queued`, and everything after it too,
// until the queue has drained in later turns. Handles of an entry that failed are closed: giving them away was final.
import { layouts, limits, operations, rights } from "../abi/table.ts";
import type { CallEnd, OpenCall, Reader, SendEnd, Writer } from "../contract/channel.ts";
import { followed, TRACED, tracing } from "../contract/tracing.ts";
import { uusi } from "./binding.ts";
import { closeHandle } from "./handle.ts";
import { holding } from "./hold.ts";
import { messageBuffer } from "./message-buffer.ts";
import { earliest } from "./timers.ts";
import { turnTime } from "./turn-time.ts";

const BEGIN = limits.SUBMIT_OFFSET;
const END = limits.SUBMIT_OFFSET + limits.SUBMIT_BYTES;
const HEADER = layouts.submission.HEADER;
// an encoder may run past the limit by as much as a message's fixed-size fields before it notices
const SLACK = limits.MESSAGE_BYTES;
// a traced message has two words before its payload
const PREFIX = 8;
const MOST = PREFIX + HEADER + 8 * limits.MESSAGE_HANDLES + limits.MESSAGE_BYTES;
/** the last place where a message may begin */
const LAST = END - MOST - SLACK;
const QUEUE_FULL = -7;

interface Queued {
  readonly bytes: Uint8Array;
  readonly told: SendEnd | undefined;
  readonly secret: boolean;
}

// where this turn's messages end, and those of the turn before, which the nucleus has taken
let next: number = BEGIN;
let left: number = BEGIN;
// places of messages that somebody wants to hear about, and of secret ones
const toldAt: number[] = [];
const toldWho: SendEnd[] = [];
const secretAt: number[] = [];

/** For the loop: whether `outboxLeft` has more to do after the next wait than to deal with failures. */
export let outboxBusy = false;

const queued: Queued[] = [];
let spill: Writer | undefined;

// calls on their way: cookie -> receiver
const calls: (CallEnd | undefined)[] = [];
const callSince: number[] = [];
// 0 for a cookie that is free
const callTrace: number[] = [];
// free cookies are a list through `nextFree`, -1 at its end
const nextFree: number[] = [];
let firstFree = -1;

// closed once the messages before have left
const closing: number[] = [];

const { words } = messageBuffer;
const direct: Writer = {
  bytes: messageBuffer.bytes.subarray(0, END),
  words,
  view: messageBuffer.view,
  start: 0,
  handles: [],
  handleCount: 0,
  problem: "",
};

let writer: Writer = direct;
let entry = 0;
let payload = 0;
// whether it is in the submit area, has no handles, and is not traced
let plain = false;

// during a hold: whether the next message leaves all the same
let ahead = false;

function spillWriter(): Writer {
  if (spill !== undefined) return spill;
  const buffer = new ArrayBuffer(MOST + SLACK);
  spill = {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
    start: 0,
    handles: [],
    handleCount: 0,
    problem: "",
  };
  return spill;
}

/** The area for the next message with that many handles. */
export function begin(handles: number): Writer {
  if (outboxBusy || holding || followed !== 0 || next > LAST) return beginOtherwise(handles);
  writer = direct;
  entry = next;
  payload = next + HEADER + 8 * handles;
  direct.start = payload;
  // after a message without handles it is 0
  if (!plain) direct.handleCount = 0;
  plain = handles === 0;
  return direct;
}

function beginOtherwise(handles: number): Writer {
  plain = false;
  if (holding ? !ahead : queued.length > 0 || next > LAST) {
    writer = spillWriter();
    entry = 0;
  } else {
    writer = direct;
    entry = next;
  }
  payload = entry + HEADER + 8 * handles;
  writer.start = payload;
  if (followed !== 0) {
    writer.words[payload >> 2] = TRACED;
    writer.words[(payload >> 2) + 1] = followed;
    writer.start += PREFIX;
  }
  writer.handleCount = 0;
  return writer;
}

// Replies are known by their calls; a message that fills its limit has no room for an id.
function mayBeTraced(operation: number, end: number): boolean {
  if (operation !== operations.SEND && operation !== operations.CALL) return false;
  return end - payload <= limits.MESSAGE_BYTES;
}

const submission = uusi?.submission;

function writeHead(
  operation: number,
  handle: number,
  cookie: number,
  deadline: number,
  end: number,
): void {
  const { words: to, handles, handleCount } = writer;
  const counted = operation + handleCount * 65536;
  const size = (end - entry + 7) & ~7;
  let w = entry >> 2;
  if (writer === direct && submission !== undefined)
    submission(entry, counted, handle, cookie, deadline, end);
  else {
    to[w] = size;
    to[w + 1] = counted;
    to[w + 2] = handle;
    to[w + 3] = 0;
    to[w + 4] = cookie;
    to[w + 5] = 0;
    to[w + 6] = deadline;
    to[w + 7] = deadline / 4294967296;
    to[w + 8] = end - payload;
    to[w + 9] = uusi.port;
  }
  w += 10;
  for (let i = 0; i < handleCount; i++, w += 2) {
    to[w] = handles[i]!;
    to[w + 1] = rights.ALL;
  }
  if (writer === direct) next = entry + size;
}

// `end` is the end of the payload in the area that `begin` gave.
function commit(
  operation: number,
  handle: number,
  end: number,
  cookie: number,
  deadline: number,
  told: SendEnd | undefined,
  secret: boolean,
): void {
  if (writer.start !== payload && !mayBeTraced(operation, end)) {
    writer.bytes.copyWithin(payload, writer.start, end);
    end -= PREFIX;
  }
  writeHead(operation, handle, cookie, deadline, end);
  if (writer === direct) {
    noteEntry(entry, told, secret);
    return;
  }
  const size = (end - entry + 7) & ~7;
  queued.push({ bytes: writer.bytes.slice(0, size), told, secret });
  outboxBusy = true;
  if (secret) writer.bytes.fill(0, 0, size);
}

// Remembers what is to be done once the message at `at` has left.
function noteEntry(at: number, told: SendEnd | undefined, secret: boolean): void {
  if (told !== undefined) {
    toldAt.push(at);
    toldWho.push(told);
    outboxBusy = true;
  }
  if (secret) {
    secretAt.push(at);
    outboxBusy = true;
  }
}

export function sendMessage(
  endpoint: number,
  end: number,
  secret: boolean,
  told: SendEnd | undefined,
): void {
  commit(operations.SEND, endpoint, end, 0, 0, told, secret);
}

/** On an endpoint; returns the cookie. `deadline`: ns since boot, 0 none. */
export function callMessage(
  this: { readonly number: number },
  end: number,
  secret: boolean,
  deadline: number,
  done: CallEnd,
): number {
  let cookie = firstFree;
  if (cookie < 0) {
    cookie = calls.length;
    callTrace[cookie] = 0;
  } else firstFree = nextFree[cookie]!;
  calls[cookie] = done;
  callSince[cookie] = turnTime.now;
  if (followed !== 0) callTrace[cookie] = followed;
  if (plain && submission !== undefined && !secret)
    next = submission(entry, operations.CALL, this.number, cookie, deadline, end);
  else commit(operations.CALL, this.number, end, cookie, deadline, undefined, secret);
  return cookie;
}

export function replyMessage(reply: number, end: number, secret: boolean): void {
  if (plain && submission !== undefined && !secret)
    next = submission(entry, operations.REPLY, reply, 0, 0, end);
  else commit(operations.REPLY, reply, end, 0, 0, undefined, secret);
}

export function cancelCall(cookie: number): void {
  if (calls[cookie] === undefined) return;
  const { start } = begin(0);
  commit(operations.CANCEL, 0, start, cookie, 0, undefined, false);
}

/** Slots of handles that are closed by now: no event that is collected from here on can name them. For the loop, which takes them out. */
export const closedSlots: number[] = [];

/** Closes a handle after the messages that were queued before; then its `slot` of the loop, 0 for none, is one of `closedSlots`. */
export function closeAfterMessages(handle: number, slot = 0): void {
  if (next === BEGIN && queued.length === 0) {
    closeHandle(handle);
    if (slot > 0) closedSlots.push(slot);
  } else {
    closing.push(handle, slot);
    outboxBusy = true;
  }
}

/** Calls on their way, the oldest first, at most `most`: what each is about and since when (ns since boot). */
export function openCalls(most: number): (OpenCall & { readonly since: number })[] {
  const all: (OpenCall & { readonly since: number })[] = [];
  for (let i = 0; i < calls.length; i++) {
    const about = calls[i]?.about?.();
    if (about !== undefined) all.push({ ...about, since: callSince[i]! });
  }
  return all.sort((a, b) => a.since - b.since).slice(0, most);
}

/** For the loop: ends the call with that cookie. */
export function endCall(cookie: number, status: number, reader: Reader): void {
  const done = calls[cookie];
  if (done === undefined) return;
  calls[cookie] = undefined;
  nextFree[cookie] = firstFree;
  firstFree = cookie;
  const trace = callTrace[cookie]!;
  if (trace !== followed) tracing.current = trace;
  if (trace !== 0) callTrace[cookie] = 0;
  done.ended(status, reader);
}

/** Whole entries, `bytes` of them in memory at `address`, leave with this turn; nothing waits in front of them. */
export function submitMade(address: number, bytes: number): void {
  uusi.copyOut(address, direct.bytes, next, bytes);
  next += bytes;
}

/** Bytes to submit with the next wait. */
export function outboxBytes(): number {
  return next - BEGIN;
}

let decide: (() => void) | undefined;
let always = false;

/** For the loop: `f` sets the deadline of the next wait at the end of turns with more to do than to send, and of `all` turns. */
export function decideBy(f: () => void, all: boolean): void {
  decide = f;
  always = all;
}

/**
 * The end of a turn: the deadline of the next wait is set, and the bytes to submit with it are returned. What is begun from here on belongs to
 * the next turn. It is here and not in the loop, since it changes what messages are begun by.
 */
export function flush(): number {
  if (always || outboxBusy) decide!();
  else uusi.deadline = earliest;
  left = next;
  next = BEGIN;
  return left - BEGIN;
}

/** Nothing of what was sent since the last wait leaves, and no handle is closed behind it. */
export function dropOutbox(): void {
  next = BEGIN;
  queued.length = closing.length = toldAt.length = toldWho.length = 0;
}

/** Whether the loop must come back at once: something waits for the submission to be over. */
export function outboxWaits(): boolean {
  return outboxBusy && !holding && (queued.length > 0 || closing.length > 0);
}

/** How many calls are on their way. */
export function callsOpen(): number {
  let open = 0;
  for (let i = 0; i < calls.length; i++) if (calls[i] !== undefined) open++;
  return open;
}

/** During a hold: what `f` sends leaves with this turn, before all that was held. */
export function sendAhead(f: () => void): void {
  ahead = true;
  f();
  ahead = false;
}

// Tells who submitted an entry that failed, and closes the handles that were to travel, but those of an event that is kept for another try.
function failedEntry(at: number, reader: Reader): void {
  const w = at >> 2;
  const status = words[w + 3]! | 0;
  const operation = words[w + 1]! & 0xffff;
  const handles = words[w + 1]! >>> 16;
  const told = operation === operations.SEND && status === QUEUE_FULL ? toldAt.indexOf(at) : -1;
  if (told >= 0) {
    toldWho[told]!.full();
    return;
  }
  for (let h = 0; h < handles; h++) closeHandle(words[w + 10 + 2 * h]!);
  if (operation === operations.CALL) endCall(words[w + 4]!, status, reader);
  else if (operation === operations.REPLY) closeHandle(words[w + 2]!);
}

/** For the loop, after the wait: deals with failures and moves queued messages up. `failed`: entries with a status below 0. */
export function outboxLeft(failed: number, reader: Reader): void {
  for (let i = 0; i < secretAt.length; i++) {
    const at = secretAt[i]!;
    direct.bytes.fill(0, at + HEADER, at + words[at >> 2]!);
  }
  secretAt.length = 0;
  if (failed > 0) tellFailures(reader);
  toldAt.length = 0;
  toldWho.length = 0;
  if (queued.length > 0 && !holding) moveUp();
  // What has moved up is still to be submitted.
  if (closing.length > 0 && next === BEGIN) {
    const all = closing.splice(0);
    for (let i = 0; i < all.length; i += 2) {
      closeHandle(all[i]!);
      if (all[i + 1]! > 0) closedSlots.push(all[i + 1]!);
    }
  }
  outboxBusy = queued.length > 0 || closing.length > 0 || toldAt.length > 0 || secretAt.length > 0;
}

// Messages that the told ones send at once go to the queue, behind an empty marker: the old entries are still being read.
function tellFailures(reader: Reader): void {
  const marker: Queued = { bytes: new Uint8Array(0), told: undefined, secret: false };
  queued.push(marker);
  outboxBusy = true;
  for (let at = BEGIN; at < left; at += words[at >> 2]!)
    if ((words[(at >> 2) + 3]! | 0) < 0) failedEntry(at, reader);
  queued.splice(queued.indexOf(marker), 1);
}

function moveUp(): void {
  let moved = 0;
  while (moved < queued.length) {
    const { bytes: from, told, secret } = queued[moved]!;
    if (next + from.length > END) break;
    direct.bytes.set(from, next);
    noteEntry(next, told, secret);
    next += words[next >> 2]!;
    if (secret) from.fill(0);
    moved++;
  }
  queued.splice(0, moved);
}
