// Messages of the turn, encoded straight into the submit area; they leave together with the next wait.
// Invariant: order of submission is order of the calls here. What does not fit goes to `queued`, and everything after it too,
// until the queue has drained in later turns. Handles of an entry that failed are closed: giving them away was final.
import { layouts, limits, operations, rights } from "../abi/table.ts";
import type { CallEnd, OpenCall, Reader, SendEnd, Writer } from "../contract/channel.ts";
import { TRACED, tracing } from "../contract/tracing.ts";
import { uusi } from "./binding.ts";
import { closeHandle } from "./handle.ts";
import { hold } from "./hold.ts";
import { messageBuffer } from "./message-buffer.ts";
import { turnTime } from "./turn-time.ts";

const BEGIN = limits.SUBMIT_OFFSET;
const END = limits.SUBMIT_OFFSET + limits.SUBMIT_BYTES;
const HEADER = layouts.submission.HEADER;
// an encoder may run past the limit by as much as a message's fixed-size fields before it notices
const SLACK = limits.MESSAGE_BYTES;
// a traced message has two words before its payload
const PREFIX = 8;
const MOST = PREFIX + HEADER + 8 * limits.MESSAGE_HANDLES + limits.MESSAGE_BYTES;
const QUEUE_FULL = -7;

type Told = CallEnd | SendEnd | undefined;

interface Queued {
  readonly bytes: Uint8Array;
  readonly told: Told;
  readonly secret: boolean;
}

// entries of this turn in order, by parallel arrays
const entryAt: number[] = [];
const entryTold: Told[] = [];
const entrySecret: boolean[] = [];
let entries = 0;
let secrets = 0;
let next: number = BEGIN;

const queued: Queued[] = [];
let spill: Writer | undefined;

// calls on their way: cookie -> receiver
const calls: (CallEnd | undefined)[] = [];
const callSince: number[] = [];
const callTrace: number[] = [];
const freeCookies: number[] = [];

// closed once the messages before have left
const closing: number[] = [];

const direct: Writer = {
  bytes: messageBuffer.bytes.subarray(0, END),
  words: messageBuffer.words,
  view: messageBuffer.view,
  start: 0,
  limit: 0,
  handles: [],
  handleCount: 0,
  problem: "",
};

let writer: Writer = direct;
let entry = 0;
let payload = 0;

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
    limit: 0,
    handles: [],
    handleCount: 0,
    problem: "",
  };
  return spill;
}

/** The area for the next message with that many handles. */
export function begin(handles: number): Writer {
  if (hold.on ? !ahead : queued.length > 0 || next + MOST + SLACK > END) {
    writer = spillWriter();
    entry = 0;
  } else {
    writer = direct;
    entry = next;
  }
  payload = entry + HEADER + 8 * handles;
  writer.start = payload;
  if (tracing.current !== 0) {
    writer.words[payload >> 2] = TRACED;
    writer.words[(payload >> 2) + 1] = tracing.current;
    writer.start += PREFIX;
  }
  writer.limit = writer.start + limits.MESSAGE_BYTES;
  writer.handleCount = 0;
  return writer;
}

// Replies are known by their calls; a message that fills its limit has no room for an id.
function mayBeTraced(operation: number, end: number): boolean {
  if (operation !== operations.SEND && operation !== operations.CALL) return false;
  return end - payload <= limits.MESSAGE_BYTES;
}

// `end` is the end of the payload in the area that `begin` gave.
function commit(
  operation: number,
  handle: number,
  end: number,
  cookie: number,
  deadline: number,
  told: Told,
  secret: boolean,
): void {
  const { words, handles, handleCount, start } = writer;
  if (start !== payload && !mayBeTraced(operation, end)) {
    writer.bytes.copyWithin(payload, start, end);
    end -= PREFIX;
  }
  const size = (end - entry + 7) & ~7;
  let w = entry >> 2;
  const length = end - payload;
  const counted = operation + handleCount * 65536;
  if (writer === direct && uusi.submission !== undefined)
    uusi.submission(entry, size, counted, handle, cookie, deadline, length);
  else {
    words[w] = size;
    words[w + 1] = counted;
    words[w + 2] = handle;
    words[w + 3] = 0;
    words[w + 4] = cookie;
    words[w + 5] = 0;
    words[w + 6] = deadline;
    words[w + 7] = deadline / 4294967296;
    words[w + 8] = length;
    words[w + 9] = uusi.port;
  }
  w += 10;
  for (let i = 0; i < handleCount; i++, w += 2) {
    words[w] = handles[i]!;
    words[w + 1] = rights.ALL;
  }
  if (writer !== direct) {
    queued.push({ bytes: writer.bytes.slice(0, size), told, secret });
    if (secret) writer.bytes.fill(0, 0, size);
    return;
  }
  entryAt[entries] = entry;
  entryTold[entries] = told;
  entrySecret[entries] = secret;
  if (secret) secrets++;
  entries++;
  next = entry + size;
}

export function sendMessage(
  endpoint: number,
  end: number,
  secret: boolean,
  told: SendEnd | undefined,
): void {
  commit(operations.SEND, endpoint, end, 0, 0, told, secret);
}

/** Returns the cookie. `deadline`: ns since boot, 0 none. */
export function callMessage(
  endpoint: number,
  end: number,
  secret: boolean,
  deadline: number,
  done: CallEnd,
): number {
  const cookie = freeCookies.length > 0 ? freeCookies.pop()! : calls.length;
  calls[cookie] = done;
  callSince[cookie] = turnTime.now;
  callTrace[cookie] = tracing.current;
  commit(operations.CALL, endpoint, end, cookie, deadline, done, secret);
  return cookie;
}

export function replyMessage(reply: number, end: number, secret: boolean): void {
  commit(operations.REPLY, reply, end, 0, 0, undefined, secret);
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
  if (entries === 0 && queued.length === 0) {
    closeHandle(handle);
    if (slot > 0) closedSlots.push(slot);
  } else closing.push(handle, slot);
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
  freeCookies.push(cookie);
  tracing.current = callTrace[cookie]!;
  done.ended(status, reader);
}

/** For the loop, before the wait: bytes to submit. */
export function outboxBytes(): number {
  return next - BEGIN;
}

/** Whether the loop must come back at once: something waits for the submission to be over. */
export function outboxWaits(): boolean {
  return !hold.on && (queued.length > 0 || closing.length > 0);
}

/** How many calls are on their way. */
export function callsOpen(): number {
  return calls.length - freeCookies.length;
}

/** During a hold: what `f` sends leaves with this turn, before all that was held. */
export function sendAhead(f: () => void): void {
  ahead = true;
  f();
  ahead = false;
}

// Tells who submitted an entry that failed, and closes the handles that were to travel, but those of an event that is kept for another try.
function failedEntry(i: number, reader: Reader): void {
  const { words } = messageBuffer;
  const w = entryAt[i]! >> 2;
  const status = words[w + 3]! | 0;
  const operation = words[w + 1]! & 0xffff;
  const handles = words[w + 1]! >>> 16;
  const again =
    operation === operations.SEND && status === QUEUE_FULL
      ? (entryTold[i] as SendEnd | undefined)
      : undefined;
  if (again !== undefined) {
    again.full();
    return;
  }
  for (let h = 0; h < handles; h++) closeHandle(words[w + 10 + 2 * h]!);
  if (operation === operations.CALL) endCall(words[w + 4]!, status, reader);
  else if (operation === operations.REPLY) closeHandle(words[w + 2]!);
}

/** For the loop, after the wait: deals with failures and moves queued messages up. `failed`: entries with a status below 0. */
export function outboxLeft(failed: number, reader: Reader): void {
  if (secrets > 0) wipeSecrets();
  if (failed > 0) tellFailures(reader);
  entries = 0;
  next = BEGIN;
  if (queued.length > 0 && !hold.on) moveUp();
  // What has moved up is still to be submitted.
  if (closing.length > 0 && entries === 0) {
    const all = closing.splice(0);
    for (let i = 0; i < all.length; i += 2) {
      closeHandle(all[i]!);
      if (all[i + 1]! > 0) closedSlots.push(all[i + 1]!);
    }
  }
}

function wipeSecrets(): void {
  const { words, bytes } = messageBuffer;
  for (let i = 0; i < entries; i++) {
    const at = entryAt[i]!;
    if (entrySecret[i]) bytes.fill(0, at + HEADER, at + words[at >> 2]!);
  }
  secrets = 0;
}

// Messages that the told ones send at once go to the queue, behind an empty marker: the old entries are still being read.
function tellFailures(reader: Reader): void {
  const { words } = messageBuffer;
  const marker: Queued = { bytes: new Uint8Array(0), told: undefined, secret: false };
  queued.push(marker);
  const count = entries;
  for (let i = 0; i < count; i++)
    if ((words[(entryAt[i]! >> 2) + 3]! | 0) < 0) failedEntry(i, reader);
  queued.splice(queued.indexOf(marker), 1);
}

function moveUp(): void {
  const { bytes, words } = messageBuffer;
  let moved = 0;
  while (moved < queued.length) {
    const { bytes: from, told, secret } = queued[moved]!;
    if (next + from.length > END) break;
    bytes.set(from, next);
    entryAt[entries] = next;
    entryTold[entries] = told;
    entrySecret[entries] = secret;
    if (secret) secrets++;
    entries++;
    next += words[next >> 2]!;
    if (secret) from.fill(0);
    moved++;
  }
  queued.splice(0, moved);
}
