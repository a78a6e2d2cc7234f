// What an ICMP message does: is answered, answers an open request, or reports a lost packet of ours.
//
// Invariant: an error is never answered (RFC 1122 section 3.2.2), and no broadcast is.

import {
  CODE_TOO_LONG,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMP_UNREACHABLE,
  type IcmpMessage,
  parseIcmp,
  writeEcho,
} from "./icmp.ts";
import { type Ipv4Header, PROTOCOL_ICMP } from "./ipv4.ts";
import { IP_PAYLOAD, type PacketBuffer, reservePacket } from "./packet-buffer.ts";
import { takeAnswered } from "./ping.ts";
import { takeToken } from "./rate-limit.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { isBroadcast, routeTo, sendAlong } from "./send.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";
import { reportTooLong, reportUndeliverable } from "./undeliverable.ts";

const toBroadcast = refusal("icmp.broadcast");
const tooMany = refusal("icmp.rate");
const notOurQuote = refusal("icmp.quoted");
const unmatched = refusal("icmp.unmatched");

/** Takes in the ICMP message in `packet`, or says why it is refused. */
export function receiveIcmp(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  ip: Ipv4Header,
): Refusal | undefined {
  const message = parseIcmp(packet, ip, stack.headers.icmp);
  if (typeof message === "number") return message;
  if (message.type === ICMP_ECHO_REQUEST) return answerEcho(stack, turn, packet, ip, message);
  if (message.type === ICMP_ECHO_REPLY) return endPing(stack, turn, ip, message);
  if (message.type === ICMP_UNREACHABLE && message.code === CODE_TOO_LONG) {
    const { quoted, nextMtu } = message;
    return reportTooLong(stack, turn.now, quoted, nextMtu) ? undefined : notOurQuote;
  }
  const found = reportUndeliverable(stack, message.quoted, ip.source, message.type, turn.now);
  return found ? undefined : notOurQuote;
}

function answerEcho(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  ip: Ipv4Header,
  message: IcmpMessage,
): Refusal | undefined {
  if (isBroadcast(stack, ip.destination)) return toBroadcast;
  if (!takeToken(stack.echoLimit, turn.now)) return tooMany;
  const route = routeTo(stack, ip.source, ip.destination);
  if (typeof route === "string") return unmatched;
  const data = packet.bytes.subarray(ip.payloadStart + ICMP_HEADER, ip.payloadEnd);
  const out = stack.outgoing;
  reservePacket(out, IP_PAYLOAD + ICMP_HEADER + data.length);
  out.bytes.set(data, IP_PAYLOAD + ICMP_HEADER);
  out.end = IP_PAYLOAD + ICMP_HEADER + data.length;
  writeEcho(out, ICMP_ECHO_REPLY, message.identifier, message.sequence);
  sendAlong(stack, turn, route, PROTOCOL_ICMP, ip.destination, ip.source);
  return undefined;
}

function endPing(
  stack: Stack,
  turn: Turn,
  ip: Ipv4Header,
  message: IcmpMessage,
): Refusal | undefined {
  const ping = takeAnswered(stack.pings, ip.source, message);
  if (ping === undefined) return unmatched;
  stack.effects.pingEnded({
    token: ping.token,
    outcome: "reply",
    source: ip.source,
    milliseconds: turn.now - ping.sentAt,
    timeToLive: ip.timeToLive,
    length: ip.payloadEnd - ip.payloadStart - ICMP_HEADER,
  });
  return undefined;
}
