// SYN cookies (RFC 4987 section 3.6): the answer to a SYN that alone remembers it. The segment size lies in its sequence number, scale and
// SACK in its timestamp, whose echo brings them back.
//
// Invariant: a cookie is a keyed hash of the ends, the peer's number and the time; the kernel that answers floods (tape/kernels/syns.tape) makes
// the same ones. What is not of the hash is believed only where the rest of its number is right.

import { cookie } from "../../../tape/kernels/syns.tape";
import type { Connection, Ends } from "./connection.ts";
import { sendBare } from "./emit.ts";
import { ACK, SYN, type TcpSegment } from "./segment.ts";
import { plus } from "./sequence.ts";
import { COOKIE_LIFE, DEFAULT_MSS, OWN_MSS } from "./settings.ts";
import type { TcpTable } from "./table.ts";

/** A cookie is believed for one to two of these, in milliseconds. */
const SLOT = 64_000;
/** Segment sizes that a cookie can hold, in three bits. */
const SIZES = [536, 1024, 1200, 1300, 1360, 1400, 1440, 1460];
const SIZE_BITS = 7;
/** Of a timestamp: the scale, this one for none, and whether SACK is permitted. */
const SCALE_BITS = 15;
const SACK_BIT = 16;
const STAMP_BITS = SCALE_BITS | SACK_BIT;
const FOR_COOKIE = 4;

const words = new Uint32Array(2);

/** Four words that cookies are made with; the same after a swap, as the hash behind them is. */
export function cookieKey(tcp: TcpTable): Uint32Array {
  if (tcp.cookieKey === undefined) {
    const key = [0, 1, 2, 3].map((word) => tcp.world.hash(0, 0, word, FOR_COOKIE));
    tcp.cookieKey = Uint32Array.from(key);
  }
  return tcp.cookieKey;
}

/** The number of the time's slot; `now` in milliseconds. */
export function cookieSlot(now: number): number {
  return Math.floor(now / SLOT) % 4294967296;
}

/** How far the windows of connections are scaled. */
export function ownScale({ settings }: TcpTable): number {
  const most = Math.max(settings.receiveLimit, settings.receiveMost);
  let scale = 0;
  while (most >>> scale > 65_535) scale += 1;
  return scale;
}

/** The longest segment that an answer asks for. */
export function cookieMss(tcp: TcpTable, remote: number): number {
  return Math.min(OWN_MSS, tcp.world.interfaceMtu(remote) - 40);
}

function make(tcp: TcpTable, ends: Ends, sequence: number, slot: number): void {
  const ports = ends.localPort * 65_536 + ends.remotePort;
  const { localAddress, remoteAddress } = ends;
  cookie(cookieKey(tcp), localAddress, remoteAddress, ports, sequence, slot, words);
}

/** Answers a SYN with a cookie. `now` in milliseconds. */
export function answerWithCookie(
  tcp: TcpTable,
  ends: Ends,
  segment: TcpSegment,
  now: number,
): void {
  make(tcp, ends, segment.sequence, cookieSlot(now));
  const mss = segment.mss === 0 ? DEFAULT_MSS : segment.mss;
  let size = SIZES.length - 1;
  while (size > 0 && SIZES[size]! > mss) size--;
  const sequence = ((words[0]! & ~SIZE_BITS) | size) >>> 0;
  const scale = segment.windowScale < 0 ? SCALE_BITS : segment.windowScale;
  const options = scale | (segment.sackPermitted ? SACK_BIT : 0);
  const stamp = segment.hasTimestamp ? ((words[1]! & ~STAMP_BITS) | options) >>> 0 : -1;
  tcp.cookiesUntil = now + COOKIE_LIFE;
  sendBare(tcp, ends, sequence, plus(segment.sequence, 1), SYN | ACK, {
    mss: cookieMss(tcp, ends.remoteAddress),
    stamp,
    echo: segment.timestamp,
    sack: segment.sackPermitted,
    scale: segment.windowScale < 0 ? -1 : ownScale(tcp),
  });
}

/** The segment size in the cookie that `segment` acknowledges, when this host gave it of late; 0 when it did not. */
export function readCookie(tcp: TcpTable, ends: Ends, segment: TcpSegment, now: number): number {
  const value = plus(segment.acknowledgment, -1);
  const slot = cookieSlot(now);
  for (let age = 0; age < 2; age++) {
    make(tcp, ends, plus(segment.sequence, -1), (slot - age) >>> 0);
    if (((words[0]! ^ value) & ~SIZE_BITS) === 0) return SIZES[value & SIZE_BITS]!;
  }
  return 0;
}

/** Gives a connection the options of the cookie that was read last, where the acknowledgement brings them back. */
export function takeCookieOptions(connection: Connection, segment: TcpSegment, now: number): void {
  const { timestampEcho } = segment;
  if (!segment.hasTimestamp || ((words[1]! ^ timestampEcho) & ~STAMP_BITS) !== 0) {
    connection.receiveScale = 0;
    return;
  }
  connection.timestamps = true;
  connection.peerTimestamp = segment.timestamp;
  connection.peerTimestampAt = now;
  // The clock goes on from there, and never back.
  const clock = Math.floor(now) % 4294967296;
  connection.timestampOffset = plus(plus(timestampEcho, STAMP_BITS), -clock);
  connection.sack = (timestampEcho & SACK_BIT) !== 0;
  const scale = timestampEcho & SCALE_BITS;
  connection.scaling = scale !== SCALE_BITS;
  if (connection.scaling) connection.sendScale = scale;
  else connection.receiveScale = 0;
}
