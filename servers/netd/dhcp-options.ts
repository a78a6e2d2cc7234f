// DHCP options of a server's message (RFC 2132), walked through all fields that hold them.
//
// Invariant: every length was inside its field and fits its kind, each field was closed by an end
// option, and no option that this client reads came twice.

import { type Refusal, refusal } from "./refusal.ts";

/** The options that this client reads; absent ones are undefined, lists empty. */
export interface DhcpOptions {
  messageType: number | undefined;
  server: number | undefined;
  mask: number | undefined;
  routers: readonly number[];
  nameServers: readonly number[];
  /** Seconds, 0 .. 2^32 - 1; the last means for ever. */
  leaseTime: number | undefined;
  /** Seconds. */
  renewalTime: number | undefined;
  /** Seconds. */
  rebindingTime: number | undefined;
}

/** Codes, from RFC 2132. */
export const OPTION_MASK = 1;
export const OPTION_ROUTER = 3;
export const OPTION_NAME_SERVER = 6;
export const OPTION_REQUESTED_ADDRESS = 50;
export const OPTION_LEASE_TIME = 51;
export const OPTION_OVERLOAD = 52;
export const OPTION_MESSAGE_TYPE = 53;
export const OPTION_SERVER = 54;
export const OPTION_PARAMETERS = 55;
export const OPTION_MESSAGE_SIZE = 57;
export const OPTION_RENEWAL_TIME = 58;
export const OPTION_REBINDING_TIME = 59;
export const OPTION_CLIENT = 61;
export const OPTION_END = 255;
const OPTION_PAD = 0;

/** A list keeps this many addresses; more are valid and dropped. */
const MAX_LIST = 4;

/** What each code that is read holds: one byte, one 32-bit word, or a list of words. */
const kinds: { readonly [code: number]: "byte" | "word" | "words" | undefined } = {
  [OPTION_MASK]: "word",
  [OPTION_ROUTER]: "words",
  [OPTION_NAME_SERVER]: "words",
  [OPTION_LEASE_TIME]: "word",
  [OPTION_OVERLOAD]: "byte",
  [OPTION_MESSAGE_TYPE]: "byte",
  [OPTION_SERVER]: "word",
  [OPTION_RENEWAL_TIME]: "word",
  [OPTION_REBINDING_TIME]: "word",
};

const badLength = refusal("dhcp.option-length");
const noEnd = refusal("dhcp.option-end");
const twice = refusal("dhcp.option-twice");
const badValue = refusal("dhcp.option-value");

/** A range of bytes that holds options. */
interface Field {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses the options at `start` .. `end` and, where they say so (RFC 2131 section 4.1), those in the
 * `file` and `sname` fields, in this order.
 */
export function parseDhcpOptions(
  view: DataView,
  start: number,
  end: number,
  file: Field,
  serverName: Field,
): DhcpOptions | Refusal {
  const found: (number[] | undefined)[] = [];
  let why = walkField(view, start, end, found);
  if (why !== undefined) return why;
  const overload = found[OPTION_OVERLOAD]?.[0] ?? 0;
  if (found[OPTION_OVERLOAD] !== undefined && (overload < 1 || overload > 3)) return badValue;
  if ((overload & 1) !== 0) why = walkField(view, file.start, file.end, found);
  if (why === undefined && (overload & 2) !== 0) {
    why = walkField(view, serverName.start, serverName.end, found);
  }
  if (why !== undefined) return why;
  return {
    messageType: found[OPTION_MESSAGE_TYPE]?.[0],
    server: found[OPTION_SERVER]?.[0],
    mask: found[OPTION_MASK]?.[0],
    routers: found[OPTION_ROUTER] ?? [],
    nameServers: found[OPTION_NAME_SERVER] ?? [],
    leaseTime: found[OPTION_LEASE_TIME]?.[0],
    renewalTime: found[OPTION_RENEWAL_TIME]?.[0],
    rebindingTime: found[OPTION_REBINDING_TIME]?.[0],
  };
}

/** Adds the options of one field to `found`, by code. */
function walkField(
  view: DataView,
  start: number,
  end: number,
  found: (number[] | undefined)[],
): Refusal | undefined {
  let at = start;
  while (at < end) {
    const code = view.getUint8(at);
    if (code === OPTION_END) return undefined;
    if (code === OPTION_PAD) {
      at += 1;
      continue;
    }
    if (at + 2 > end) return badLength;
    const length = view.getUint8(at + 1);
    const data = at + 2;
    if (data + length > end) return badLength;
    const kind = kinds[code];
    if (kind !== undefined) {
      if (found[code] !== undefined) return twice;
      const values = readValues(view, data, length, kind);
      if (values === undefined) return badLength;
      found[code] = values;
    }
    at = data + length;
  }
  return noEnd;
}

function readValues(
  view: DataView,
  at: number,
  length: number,
  kind: "byte" | "word" | "words",
): number[] | undefined {
  if (kind === "byte") return length === 1 ? [view.getUint8(at)] : undefined;
  if (kind === "word") return length === 4 ? [view.getUint32(at)] : undefined;
  if (length === 0 || length % 4 !== 0) return undefined;
  const values: number[] = [];
  for (let word = at; word < at + length && values.length < MAX_LIST; word += 4) {
    values.push(view.getUint32(word));
  }
  return values;
}
