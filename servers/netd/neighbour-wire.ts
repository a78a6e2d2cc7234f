// The neighbour table's effects, made real: ARP requests, packets that waited, packets that are lost.
//
// Invariant: only the control buffer is written, since the table is used while a packet is built in
// the outgoing one and another lies in the incoming one.

import { ARP_REQUEST, writeArp } from "./arp.ts";
import { countRefusal } from "./counters.ts";
import { TYPE_ARP } from "./ethernet.ts";
import { ICMP_UNREACHABLE, readQuoted } from "./icmp.ts";
import type { NeighbourEffects } from "./neighbours.ts";
import { IP_START, loadIpPacket } from "./packet-buffer.ts";
import { findPathMtu } from "./path-mtu.ts";
import { refusal } from "./refusal.ts";
import type { Stack } from "./stack.ts";
import { transmitIp } from "./transmit-ip.ts";
import { transmit } from "./transmit.ts";
import { reportUndeliverable } from "./undeliverable.ts";

type Parts = Pick<
  Stack,
  | "effects"
  | "link"
  | "local"
  | "wires"
  | "counters"
  | "pings"
  | "udp"
  | "tcp"
  | "control"
  | "piece"
  | "pathMtus"
  | "tcpClock"
>;

const silent = refusal("neighbour.silent");

/** The effects for a stack. */
export function createNeighbourEffects(stack: Parts): NeighbourEffects {
  const quoted = { source: 0, destination: 0, protocol: 0, length: 0, first: 0, second: 0 };
  return {
    ask(ip, mac) {
      writeArp(stack.control, ARP_REQUEST, stack.link.mac, stack.local.address, 0, ip);
      transmit(stack, stack.control, mac, TYPE_ARP);
    },
    release(ipPacket, mac) {
      loadIpPacket(stack.control, ipPacket);
      const destination = stack.control.view.getUint32(IP_START + 16);
      const mtu = findPathMtu(stack.pathMtus, destination, stack.tcpClock.now);
      transmitIp(stack, stack.control, mac, mtu);
    },
    lose(ipPacket) {
      countRefusal(stack.counters, silent);
      loadIpPacket(stack.control, ipPacket);
      if (readQuoted(stack.control, IP_START, stack.control.end, quoted)) {
        reportUndeliverable(stack, quoted, 0, ICMP_UNREACHABLE, 0);
      }
    },
  };
}
