// Segments of TCP that a kernel has found in the card's pool, each perhaps of many frames: their sums and lengths are known to be right.
//
// Invariant: headers are parsed from a private copy; data stays where it is until a connection takes it.

import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import { checkAddresses } from "./addressing.ts";
import { countRefusal } from "./counters.ts";
import { parseEthernet } from "./ethernet.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";
import { BROADCAST_MAC } from "./mac-address.ts";
import { FRAME_START, IP_PAYLOAD, IP_START, MAX_FRAME } from "./packet-buffer.ts";
import { drainLoopback, frameInMemory, notOurs } from "./receive.ts";
import type { Refusal } from "./refusal.ts";
import { isBroadcast } from "./send.ts";
import type { Stack } from "./stack.ts";
import { segmentArrived } from "./tcp/arrive.ts";
import type { Payload } from "./tcp/byte-ring.ts";
import { parseOptions } from "./tcp/options.ts";
import { toBroadcast } from "./receive-tcp.ts";
import { badPort, FIN, TCP_HEADER } from "./tcp/segment.ts";
import type { Turn } from "./turn.ts";

/** What a kernel says of frames in the pool (card-buffers.ts). */
export interface FrameRun {
  readonly at: number;
  readonly bytes: number;
  readonly headers: number;
  readonly data: number;
  readonly frames: number;
  readonly whole: boolean;
  readonly flags: number;
}

/** Longest headers: Ethernet, IP without options, TCP with all. */
const MOST_HEADERS = 94;

/** Takes in frames that lie in `memory`; `payload`: the run's data. */
export function runArrived(
  stack: Stack,
  turn: Turn,
  memory: MemoryView,
  run: FrameRun,
  payload: Payload,
): void {
  if (run.headers === 0 || run.headers > MOST_HEADERS) {
    const bytes = run.whole ? run.bytes : MAX_FRAME + 1;
    frameInMemory(stack, turn, memory, run.at, bytes, run.flags !== 0);
    return;
  }
  const { counters, incoming } = stack;
  counters.framesReceived += run.frames;
  counters.bytesReceived += run.data + run.headers * run.frames;
  memory.copyOut(run.at, incoming.bytes, FRAME_START, run.headers);
  incoming.end = FRAME_START + run.headers;
  incoming.payload = payload;
  const why = receiveSegment(stack, turn, run);
  incoming.payload = undefined;
  if (why !== undefined) countRefusal(counters, why);
  drainLoopback(stack, turn);
}

function receiveSegment(stack: Stack, turn: Turn, run: FrameRun): Refusal | undefined {
  const { incoming: packet, headers } = stack;
  const { view } = packet;
  const ethernet = parseEthernet(packet, headers.ethernet);
  if (typeof ethernet === "number") return ethernet;
  const broadcast = ethernet.destination === BROADCAST_MAC;
  if (!broadcast && ethernet.destination !== stack.link.mac) return notOurs;
  const { ipv4: ip, tcp: segment } = headers;
  ip.source = view.getUint32(IP_START + 12);
  ip.destination = view.getUint32(IP_START + 16);
  ip.protocol = PROTOCOL_TCP;
  const why = checkAddresses(stack, ip, "wire", broadcast);
  if (why !== undefined) return why;
  if (isBroadcast(stack, ip.destination)) return toBroadcast;
  const ports = view.getUint32(IP_PAYLOAD);
  const fields = view.getUint32(IP_PAYLOAD + 12);
  segment.source = ip.source;
  segment.destination = ip.destination;
  segment.sourcePort = ports >>> 16;
  segment.destinationPort = ports & 0xffff;
  if (segment.sourcePort === 0 || segment.destinationPort === 0) return badPort;
  segment.sequence = view.getUint32(IP_PAYLOAD + 4);
  segment.acknowledgment = view.getUint32(IP_PAYLOAD + 8);
  segment.flags = run.flags;
  segment.congested = (view.getUint8(IP_START + 1) & 3) === 3;
  segment.window = fields & 0xffff;
  segment.dataStart = 0;
  segment.dataEnd = run.data;
  segment.length = run.data + (run.flags & FIN);
  const dataAt = FRAME_START + run.headers;
  const bad = parseOptions(packet, IP_PAYLOAD + TCP_HEADER, dataAt, segment);
  if (bad !== undefined) return bad;
  stack.tcpClock.now = turn.now;
  return segmentArrived(stack.tcp, turn, segment, packet);
}
