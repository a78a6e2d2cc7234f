// The last step out: Ethernet header, counters, wire.
//
// Invariant: nothing is sent while the link is down.

import { writeEthernet } from "./ethernet.ts";
import { FRAME_START, type PacketBuffer } from "./packet-buffer.ts";
import type { Stack } from "./stack.ts";

/** Sends the packet behind the Ethernet header to a station or group. */
export function transmit(
  stack: Pick<Stack, "link" | "counters" | "effects">,
  packet: PacketBuffer,
  destination: number,
  type: number,
): void {
  if (!stack.link.up) return;
  writeEthernet(packet, destination, stack.link.mac, type);
  stack.counters.framesSent += 1;
  stack.counters.bytesSent += packet.end - FRAME_START;
  stack.effects.transmit(packet, stack.link.wire);
}
