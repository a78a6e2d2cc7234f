// The way in: a frame from the wire or a packet from the loop, down to the layer it is for.
//
// Invariant: exactly one of two things happens to each frame: it takes its effect, or its refusal is
// counted and it has none.

import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import { checkAddresses } from "./addressing.ts";
import { countRefusal } from "./counters.ts";
import { TYPE_ARP, TYPE_IPV4, parseEthernet } from "./ethernet.ts";
import { fragmentsDeadline, takeFragment } from "./fragments.ts";
import { CODE_REASSEMBLY, ICMP_TIME_EXCEEDED, writeError } from "./icmp.ts";
import { type Ipv4Header, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, parseIpv4 } from "./ipv4.ts";
import { BROADCAST_MAC } from "./mac-address.ts";
import {
  FRAME_START,
  MAX_FRAME,
  type PacketBuffer,
  loadFrame,
  loadIpPacket,
} from "./packet-buffer.ts";
import { takeToken } from "./rate-limit.ts";
import { receiveArp } from "./receive-arp.ts";
import { receiveIcmp } from "./receive-icmp.ts";
import { receiveTcp } from "./receive-tcp.ts";
import { receiveUdp } from "./receive-udp.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { InterfaceName } from "./route.ts";
import { isBroadcast, routeTo, sendAlong } from "./send.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";

/** Packets from the loop that one turn takes; the rest waits for the next. */
const LOOPBACK_PER_TURN = 64;

const long = refusal("ethernet.long");
export const notOurs = refusal("ethernet.not-ours");
const badType = refusal("ethernet.type");
const fragmentLost = refusal("ipv4.fragment-lost");
const badProtocol = refusal("ipv4.protocol");

/** A frame came from the wire. It is copied; the caller may reuse its bytes. */
export function frameArrived(stack: Stack, turn: Turn, frame: Uint8Array): void {
  stack.counters.framesReceived += 1;
  stack.counters.bytesReceived += frame.length;
  const why = frame.length > MAX_FRAME ? long : receiveFrame(stack, turn, frame);
  if (why !== undefined) countRefusal(stack.counters, why);
  drainLoopback(stack, turn);
}

/** A frame that lies in memory which somebody else may change, as it came. */
export function frameInMemory(
  stack: Stack,
  turn: Turn,
  memory: MemoryView,
  at: number,
  bytes: number,
  checked: boolean,
): void {
  stack.counters.framesReceived += 1;
  stack.counters.bytesReceived += bytes;
  const packet = stack.incoming;
  let why: Refusal | undefined = long;
  if (bytes <= MAX_FRAME) {
    memory.copyOut(at, packet.bytes, FRAME_START, bytes);
    packet.end = FRAME_START + bytes;
    packet.checked = checked;
    why = receiveLoaded(stack, turn);
    packet.checked = false;
  }
  if (why !== undefined) countRefusal(stack.counters, why);
  drainLoopback(stack, turn);
}

function receiveFrame(stack: Stack, turn: Turn, frame: Uint8Array): Refusal | undefined {
  loadFrame(stack.incoming, frame);
  return receiveLoaded(stack, turn);
}

function receiveLoaded(stack: Stack, turn: Turn): Refusal | undefined {
  const packet = stack.incoming;
  const header = parseEthernet(packet, stack.headers.ethernet);
  if (typeof header === "number") return header;
  const broadcast = header.destination === BROADCAST_MAC;
  if (!broadcast && header.destination !== stack.link.mac) return notOurs;
  if (header.type === TYPE_IPV4) return receiveIpv4(stack, turn, "wire", broadcast);
  return header.type === TYPE_ARP ? receiveArp(stack, turn) : badType;
}

/** Takes in what this host sent to itself. */
export function drainLoopback(stack: Stack, turn: Turn): void {
  for (let count = 0; count < LOOPBACK_PER_TURN; count++) {
    const ipPacket = stack.loopback.shift();
    if (ipPacket === undefined) return;
    stack.loopbackBytes -= ipPacket.length;
    loadIpPacket(stack.incoming, ipPacket);
    const why = receiveIpv4(stack, turn, "loopback", false);
    if (why !== undefined) countRefusal(stack.counters, why);
  }
}

function receiveIpv4(
  stack: Stack,
  turn: Turn,
  through: InterfaceName,
  inBroadcastFrame: boolean,
): Refusal | undefined {
  const ip = parseIpv4(stack.incoming, stack.headers.ipv4);
  if (typeof ip === "number") return ip;
  const why = checkAddresses(stack, ip, through, inBroadcastFrame);
  if (why !== undefined) return why;
  if (!ip.moreFragments && ip.fragmentOffset === 0) {
    return receivePayload(stack, turn, stack.incoming, ip, through);
  }
  return receiveFragment(stack, turn, ip, through);
}

function receiveFragment(
  stack: Stack,
  turn: Turn,
  ip: Ipv4Header,
  through: InterfaceName,
): Refusal | undefined {
  const { protocol } = ip;
  if (protocol !== PROTOCOL_UDP && protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_TCP) {
    return badProtocol;
  }
  const { fragments, incoming, assembled } = stack;
  const whole = takeFragment(fragments, turn.now, incoming, ip, assembled, () =>
    countRefusal(stack.counters, fragmentLost),
  );
  if (whole === false) return undefined;
  if (whole !== true) return whole;
  const header = parseIpv4(assembled, ip);
  if (typeof header === "number") return header;
  return receivePayload(stack, turn, assembled, header, through);
}

function receivePayload(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  ip: Ipv4Header,
  through: InterfaceName,
): Refusal | undefined {
  if (ip.protocol === PROTOCOL_TCP) return receiveTcp(stack, turn, packet, ip);
  if (ip.protocol === PROTOCOL_UDP) return receiveUdp(stack, turn, packet, ip, through);
  return ip.protocol === PROTOCOL_ICMP ? receiveIcmp(stack, turn, packet, ip) : badProtocol;
}

/** Fragments that waited too long are gone; who sent the first one is told (RFC 1122 section 3.3.2). */
export function fragmentTimers(stack: Stack, turn: Turn): void {
  fragmentsDeadline(stack.fragments, turn.now, ({ source, destination, header, pieces }) => {
    countRefusal(stack.counters, fragmentLost);
    if (header.length === 0 || isBroadcast(stack, destination)) return;
    const route = routeTo(stack, source, destination);
    if (typeof route === "string" || !takeToken(stack.errorLimit, turn.now)) return;
    const [{ bytes }] = pieces;
    writeError(stack.outgoing, ICMP_TIME_EXCEEDED, CODE_REASSEMBLY, header, bytes);
    sendAlong(stack, turn, route, PROTOCOL_ICMP, destination, source);
  });
}
