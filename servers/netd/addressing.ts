// Whether a packet's addresses let it in (RFC 1122 sections 3.2.1.3 and 3.3.6).
//
// Invariant: what is let in came from one host and is for this host or for all on the wire; nothing
// is ever forwarded. Without a lease only what can be a DHCP reply is let in from the wire.

import { LIMITED_BROADCAST, isHostAddress } from "./ip-address.ts";
import { type Ipv4Header, PROTOCOL_UDP } from "./ipv4.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { InterfaceName } from "./route.ts";
import type { Stack } from "./stack.ts";
import { isOwnAddress } from "./wires.ts";

const badSource = refusal("ipv4.source");
const notOurs = refusal("ipv4.not-ours");
const linkBroadcast = refusal("ipv4.link-broadcast");

/** Why the packet is not let in; undefined when it is. */
export function checkAddresses(
  { local, wires }: Pick<Stack, "local" | "wires">,
  ip: Ipv4Header,
  through: InterfaceName,
  inBroadcastFrame: boolean,
): Refusal | undefined {
  const destination = ip.destination;
  const source = ip.source;
  if (through === "loopback") return isOwnAddress(wires, destination) ? undefined : notOurs;
  if (!isHostAddress(source)) return badSource;
  if (local.address === 0) {
    if (ip.protocol !== PROTOCOL_UDP) return notOurs;
    return destination === LIMITED_BROADCAST || isHostAddress(destination) ? undefined : notOurs;
  }
  if (source === local.address || source === local.broadcast) return badSource;
  if (destination === LIMITED_BROADCAST) return undefined;
  if (local.broadcast !== 0 && destination === local.broadcast) return undefined;
  if (destination !== local.address) return notOurs;
  return inBroadcastFrame ? linkBroadcast : undefined;
}
