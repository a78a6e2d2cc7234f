// What an ARP packet does: teaches a neighbour's address, asks for ours, or shows a conflict.
//
// Invariant: only a request for this host makes a new neighbour known; everything else can only refresh one that is already in the
// table. Who claims the address of a station that is known gets no answer before that one was asked and stayed silent.

import { conflictSeen } from "./address-conflict.ts";
import { ARP_REPLY, ARP_REQUEST, parseArp, writeArp } from "./arp.ts";
import { announceAddress } from "./announce.ts";
import { runDhcp } from "./dhcp-run.ts";
import { TYPE_ARP } from "./ethernet.ts";
import { learnNeighbour } from "./neighbours.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { Stack } from "./stack.ts";
import { transmit } from "./transmit.ts";
import type { Turn } from "./turn.ts";

const unasked = refusal("arp.unasked");
const contested = refusal("arp.contested");

/** Takes in the ARP packet in the incoming buffer, or says why it is refused. */
export function receiveArp(stack: Stack, turn: Turn): Refusal | undefined {
  const arp = parseArp(stack.incoming, stack.headers.arp);
  if (typeof arp === "number") return arp;
  const own = stack.local.address;
  const mac = stack.link.mac;
  if (own === 0 || arp.senderMac === mac) return unasked;
  if (arp.senderIp === own) {
    if (conflictSeen(stack.watch, turn.now) === "defend") announceAddress(stack);
    else runDhcp(stack, turn, { kind: "conflict" });
    return undefined;
  }
  const forUs = arp.operation === ARP_REQUEST && arp.targetIp === own;
  const near = ((arp.senderIp ^ own) & stack.local.mask) === 0;
  const sender = near
    ? learnNeighbour(
        stack.neighbours,
        turn.now,
        arp.senderIp,
        arp.senderMac,
        forUs,
        stack.neighbourEffects,
      )
    : "unknown";
  if (sender === "contested") return contested;
  if (!forUs) return sender === "known" ? undefined : unasked;
  writeArp(stack.control, ARP_REPLY, mac, own, arp.senderMac, arp.senderIp);
  transmit(stack, stack.control, arp.senderMac, TYPE_ARP);
  return undefined;
}
