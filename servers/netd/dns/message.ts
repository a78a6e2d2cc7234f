// DNS messages (RFC 1035 section 4, RFC 6891): the question that is sent, and the answer to exactly that question.
//
// Invariant: an answer that parsed repeats id, name with its case, type and class of the question, and each of its records lies inside.

import { readName } from "./name.ts";
import { TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_OPT, TYPE_PTR, TYPE_SOA } from "./record-type.ts";
import { readServiceRecord } from "./service-record.ts";

export const NO_ERROR = 0;
/** What servers say that do not know EDNS (RFC 6891 section 7). */
export const FORMAT_ERROR = 1;
export const NOT_IMPLEMENTED = 4;
export const NAME_ERROR = 3;

const CLASS_IN = 1;
const HEADER = 12;
const EXTENSION = 11;
const RECURSION_DESIRED = 0x0100;
const RESPONSE = 0x8000;
const OPCODE = 0x7800;
const TRUNCATED = 0x0200;
/** What an answer by UDP may have: it passes any path in one piece (RFC 6891 section 6.2.5, the "flag day" size). */
const UDP_SIZE = 1232;
/** A message with more is not read to its end. */
const MAX_RECORDS = 200;

/** A record of an answer; `value` is text: an address, a name, what service-record.ts says, or "" for what is not used here. */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly value: string;
}

/** An answer. */
export interface DnsResponse {
  readonly code: number;
  /** There is more, by TCP. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  /** For how long the absence of a name may be believed, in seconds (RFC 2308 section 5); -1 when it is not said. */
  readonly negativeTtl: number;
}

/** Writes a question for `name` (wire form); `extended`: with EDNS, for answers above 512 bytes. */
export function writeQuery(
  id: number,
  name: Uint8Array,
  type: number,
  extended = true,
): Uint8Array {
  const bytes = new Uint8Array(HEADER + name.length + 4 + (extended ? EXTENSION : 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, RECURSION_DESIRED);
  view.setUint16(4, 1);
  view.setUint16(10, extended ? 1 : 0);
  bytes.set(name, HEADER);
  let at = HEADER + name.length;
  view.setUint16(at, type);
  view.setUint16(at + 2, CLASS_IN);
  if (!extended) return bytes;
  at += 5;
  view.setUint16(at, TYPE_OPT);
  view.setUint16(at + 2, UDP_SIZE);
  return bytes;
}

/** Reads the answer to `query`; undefined when it is malformed or answers something else. */
export function parseResponse(bytes: Uint8Array, query: Uint8Array): DnsResponse | undefined {
  const questionEnd = query.length - (query[11] === 1 ? EXTENSION : 0);
  if (bytes.length < questionEnd) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  if ((flags & (RESPONSE | OPCODE)) !== RESPONSE || view.getUint16(4) !== 1) return undefined;
  if (bytes[0] !== query[0] || bytes[1] !== query[1]) return undefined;
  for (let at = HEADER; at < questionEnd; at++) {
    if (bytes[at] !== query[at]) return undefined;
  }
  const answerCount = view.getUint16(6);
  const total = answerCount + view.getUint16(8) + view.getUint16(10);
  const truncated = (flags & TRUNCATED) !== 0;
  const answers: DnsRecord[] = [];
  let negativeTtl = -1;
  let code = flags & 15;
  let at = questionEnd;
  for (let index = 0; index < total && index < MAX_RECORDS; index++) {
    const read = readRecord(bytes, view, at);
    if (read === undefined) {
      // A truncated answer may end anywhere: it is asked for again by TCP.
      if (truncated) break;
      return undefined;
    }
    at = read.end;
    if (read.type === TYPE_OPT) code += Math.floor(read.ttl / 0x1000000) * 16;
    if (read.class !== CLASS_IN) continue;
    if (index < answerCount) answers.push(read);
    else if (read.type === TYPE_SOA && read.minimum >= 0) {
      negativeTtl = Math.min(read.ttl, read.minimum);
    }
  }
  return { code, truncated, answers, negativeTtl };
}

interface ReadRecord extends DnsRecord {
  readonly class: number;
  readonly end: number;
  /** SOA only. */
  readonly minimum: number;
}

function readRecord(bytes: Uint8Array, view: DataView, at: number): ReadRecord | undefined {
  const name = readName(bytes, at);
  if (name === undefined || name.end + 10 > bytes.length) return undefined;
  const type = view.getUint16(name.end);
  const ttl = view.getUint32(name.end + 4);
  const start = name.end + 10;
  const length = view.getUint16(name.end + 8);
  const end = start + length;
  if (end > bytes.length) return undefined;
  let value = "";
  let minimum = -1;
  if (type === TYPE_A) {
    if (length !== 4) return undefined;
    value = bytes.subarray(start, end).join(".");
  } else if (type === TYPE_AAAA) {
    if (length !== 16) return undefined;
    value = formatIpv6(view, start);
  } else if (type === TYPE_CNAME || type === TYPE_PTR) {
    const target = readName(bytes, start);
    if (target === undefined || target.end !== end) return undefined;
    value = target.text;
  } else if (type === TYPE_SOA) {
    const server = readName(bytes, start);
    const mailbox = server === undefined ? undefined : readName(bytes, server.end);
    if (mailbox === undefined || mailbox.end + 20 !== end) return undefined;
    minimum = view.getUint32(end - 4);
  } else {
    const text = readServiceRecord(bytes, view, type, start, end);
    if (text === undefined) return undefined;
    value = text;
  }
  // The highest bit of a time makes it none at all (RFC 2181 section 8); OPT keeps flags there.
  const sound = ttl > 0x7fffffff && type !== TYPE_OPT ? 0 : ttl;
  const recordClass = view.getUint16(name.end + 2);
  return { name: name.text, type, ttl: sound, value, class: recordClass, end, minimum };
}

/** The text of an IPv6 address (RFC 5952): small letters, the longest run of zeros left out. */
export function formatIpv6(view: DataView, at: number): string {
  let best = -1;
  let bestLength = 1;
  for (let first = 0; first < 8; first++) {
    let length = 0;
    while (first + length < 8 && view.getUint16(at + 2 * (first + length)) === 0) length++;
    if (length > bestLength) {
      best = first;
      bestLength = length;
    }
  }
  let text = "";
  for (let index = 0; index < 8; index++) {
    if (index === best) {
      text += "::";
      index += bestLength - 1;
      continue;
    }
    if (text !== "" && !text.endsWith(":")) text += ":";
    text += view.getUint16(at + 2 * index).toString(16);
  }
  return text;
}
