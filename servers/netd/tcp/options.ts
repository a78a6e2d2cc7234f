// TCP options: MSS (RFC 9293), window scale and timestamps (RFC 7323), SACK (RFC 2018); the rest is passed over.
//
// Invariant: every option ends inside the header, has the length of its kind and comes once; else the segment is refused.

import type { PacketBuffer } from "../packet-buffer.ts";
import { type Refusal, refusal } from "../refusal.ts";
import type { TcpSegment } from "./segment.ts";

const TIMESTAMP_ALONE = 0x0101080a;
const END = 0;
const NOTHING = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMP = 8;
/** A larger shift means this one (RFC 7323 section 2.3). */
const MAX_SCALE = 14;
/** A peer that takes less wants only to make us work. */
const LEAST_MSS = 64;

const badLength = refusal("tcp.option-length");
const badValue = refusal("tcp.option-value");
const twice = refusal("tcp.option-twice");

/** Reads the options at `start` .. `end` into the segment; undefined, or why it is refused. */
export function parseOptions(
  packet: PacketBuffer,
  start: number,
  end: number,
  into: TcpSegment,
): Refusal | undefined {
  into.mss = 0;
  into.windowScale = -1;
  into.sackPermitted = false;
  into.hasTimestamp = false;
  into.sackCount = 0;
  if (start === end) return undefined;
  const { bytes, view } = packet;
  // What nearly every segment has: the timestamps alone, aligned (RFC 7323 appendix A).
  if (end - start === 12 && view.getUint32(start) === TIMESTAMP_ALONE) {
    into.hasTimestamp = true;
    into.timestamp = view.getUint32(start + 4);
    into.timestampEcho = view.getUint32(start + 8);
    return undefined;
  }
  let at = start;
  while (at < end) {
    const kind = bytes[at];
    if (kind === END) return undefined;
    if (kind === NOTHING) {
      at += 1;
      continue;
    }
    if (at + 1 >= end) return badLength;
    const length = bytes[at + 1];
    if (length < 2 || at + length > end) return badLength;
    const why = takeOption(packet, kind, at, length, into);
    if (why !== undefined) return why;
    at += length;
  }
  return undefined;
}

function takeOption(
  packet: PacketBuffer,
  kind: number,
  at: number,
  length: number,
  into: TcpSegment,
): Refusal | undefined {
  const view = packet.view;
  if (kind === TIMESTAMP) {
    if (length !== 10) return badLength;
    if (into.hasTimestamp) return twice;
    into.hasTimestamp = true;
    into.timestamp = view.getUint32(at + 2);
    into.timestampEcho = view.getUint32(at + 6);
  } else if (kind === SACK) {
    if (length < 10 || length > 34 || (length & 7) !== 2) return badLength;
    if (into.sackCount > 0) return twice;
    into.sackCount = length >> 3;
    for (let block = 0; block < into.sackCount; block++) {
      into.sackLeft[block] = view.getUint32(at + 2 + block * 8);
      into.sackRight[block] = view.getUint32(at + 6 + block * 8);
    }
  } else if (kind === MSS) {
    if (length !== 4) return badLength;
    if (into.mss !== 0) return twice;
    into.mss = view.getUint16(at + 2);
    if (into.mss < LEAST_MSS) return badValue;
  } else if (kind === WINDOW_SCALE) {
    if (length !== 3) return badLength;
    if (into.windowScale >= 0) return twice;
    into.windowScale = Math.min(packet.bytes[at + 2], MAX_SCALE);
  } else if (kind === SACK_PERMITTED) {
    if (length !== 2) return badLength;
    if (into.sackPermitted) return twice;
    into.sackPermitted = true;
  }
  return undefined;
}
