// A lease as a server granted it, checked and with its times made absolute.
//
// Invariant: the address can be a host's in its subnet, the router (if any) is another host there,
// and requestedAt < renewAt < rebindAt < expiresAt, or all three are NEVER.

import type { ServerMessage } from "./dhcp-message.ts";
import { classMask, isHostAddress, isHostInSubnet, prefixOfMask } from "./ip-address.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { NEVER, type Turn, randomBetween } from "./turn.ts";

/** A granted address and what came with it. */
export interface Lease {
  readonly address: number;
  readonly mask: number;
  /** 0 when there is none on the subnet. */
  readonly router: number;
  readonly nameServers: readonly number[];
  readonly server: number;
  /** T1, T2 and the end (RFC 2131 section 4.4.5), in milliseconds of `Turn.now`. */
  readonly renewAt: number;
  readonly rebindAt: number;
  readonly expiresAt: number;
}

/** Shorter leases would keep client and server busy with each other. */
const MIN_LEASE_SECONDS = 10;
const FOR_EVER = 0xffffffff;
/** T1 and T2 come earlier by up to this part, at random, so that clients drift apart. */
const FUZZ = 0.02;

const badAddress = refusal("dhcp.address");
const badLeaseTime = refusal("dhcp.lease-time");
const badValue = refusal("dhcp.option-value");

/**
 * The lease of an OFFER or ACK whose request was sent at `requestedAt`, from which time counts
 * (RFC 2131 section 4.4.1), or why it is refused. T1 and T2 that contradict the lease time or each
 * other give way to their defaults, 0.5 and 0.875 of it.
 */
export function leaseFrom(
  message: ServerMessage,
  requestedAt: number,
  turn: Turn,
): Lease | Refusal {
  const options = message.options;
  const address = message.yourAddress;
  if (!isHostAddress(address)) return badAddress;
  const mask = options.mask ?? classMask(address);
  const prefix = prefixOfMask(mask);
  if (prefix === undefined || prefix < 8) return badValue;
  if (!isHostInSubnet(address, mask)) return badAddress;
  const seconds = options.leaseTime;
  if (seconds === undefined || seconds < MIN_LEASE_SECONDS) return badLeaseTime;
  const times = leaseTimes(seconds, options.renewalTime, options.rebindingTime);
  return {
    address,
    mask,
    router: firstRouter(options.routers, address, mask),
    nameServers: options.nameServers.filter(isHostAddress),
    server: message.server,
    renewAt: requestedAt + fuzzed(times.renew, turn),
    rebindAt: requestedAt + fuzzed(times.rebind, turn),
    expiresAt: requestedAt + times.lease,
  };
}

/** All in milliseconds from the request. */
function leaseTimes(
  seconds: number,
  renewal: number | undefined,
  rebinding: number | undefined,
): { renew: number; rebind: number; lease: number } {
  if (seconds === FOR_EVER) return { renew: NEVER, rebind: NEVER, lease: NEVER };
  let rebind = rebinding ?? seconds * 0.875;
  if (rebind >= seconds || rebind < 2) rebind = seconds * 0.875;
  let renew = renewal ?? seconds * 0.5;
  // The gap keeps T1 below T2 whatever the fuzz takes from T2.
  if (renew >= rebind * (1 - FUZZ) || renew < 1) renew = rebind * (0.5 / 0.875);
  return { renew: renew * 1000, rebind: rebind * 1000, lease: seconds * 1000 };
}

function fuzzed(milliseconds: number, turn: Turn): number {
  if (milliseconds === NEVER) return NEVER;
  return milliseconds - randomBetween(turn, 0, Math.floor(milliseconds * FUZZ));
}

function firstRouter(routers: readonly number[], address: number, mask: number): number {
  for (let index = 0; index < routers.length; index++) {
    const router = routers[index];
    const near = ((router ^ address) & mask) === 0;
    if (near && router !== address && isHostInSubnet(router, mask)) return router;
  }
  return 0;
}
