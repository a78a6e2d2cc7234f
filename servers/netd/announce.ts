// ARP probes and announcements of the own address (RFC 5227 sections 2.1.1 and 2.3).

import { ARP_REQUEST, writeArp } from "./arp.ts";
import { TYPE_ARP } from "./ethernet.ts";
import { BROADCAST_MAC } from "./mac-address.ts";
import type { Stack } from "./stack.ts";
import { transmit } from "./transmit.ts";

/** Asks whether another host has the address, without claiming it. */
export function probeAddress(stack: Stack): void {
  writeArp(stack.control, ARP_REQUEST, stack.link.mac, 0, 0, stack.local.address);
  transmit(stack, stack.control, BROADCAST_MAC, TYPE_ARP);
}

/** Tells all hosts who has the address. */
export function announceAddress(stack: Stack): void {
  const address = stack.local.address;
  writeArp(stack.control, ARP_REQUEST, stack.link.mac, address, 0, address);
  transmit(stack, stack.control, BROADCAST_MAC, TYPE_ARP);
}
