// The stack's state as `Net.status` tells it.
import type { Reply } from "../../sdk/contract/contract.ts";
import type { Net } from "./contract.ts";
import { listRefusals } from "./counters.ts";
import { formatIpAddress, prefixOfMask } from "./ip-address.ts";
import { formatMac } from "./mac-address.ts";
import type { Stack } from "./stack.ts";
import { chooseWire, eachWire, firstWire } from "./wires.ts";

/** What `Net.status` answers. */
export type Status = Reply<(typeof Net.methods)["status"]>;

const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** The state at `now` (milliseconds). */
export function statusOf(stack: Stack, now: number): Status {
  const { counters } = stack;
  const before = chooseWire(stack, firstWire(stack).link.wire);
  const { link, local, dhcp } = stack;
  chooseWire(stack, before);
  const lease = local.lease;
  return {
    link: link.up,
    mac: link.mac === 0 ? "" : formatMac(link.mac),
    dhcp: dhcp.phase,
    address: lease === undefined ? "" : formatIpAddress(lease.address),
    prefix: lease === undefined ? 0 : (prefixOfMask(lease.mask) ?? 0),
    router: lease === undefined || lease.router === 0 ? "" : formatIpAddress(lease.router),
    nameServers: lease === undefined ? [] : lease.nameServers.map(formatIpAddress),
    server: lease === undefined ? "" : formatIpAddress(lease.server),
    renewIn: lease === undefined ? 0 : span(lease.renewAt - now),
    expiresIn: lease === undefined ? 0 : span(lease.expiresAt - now),
    framesReceived: counters.framesReceived,
    bytesReceived: counters.bytesReceived,
    framesSent: counters.framesSent,
    bytesSent: counters.bytesSent,
    refused: listRefusals(counters),
    wires: wiresOf(stack),
  };
}

/** Every wire that has or had a card. */
function wiresOf(stack: Stack): Status["wires"] {
  const list: NonNullable<Status["wires"]> = [];
  eachWire(stack, (index) => {
    const { link, local, dhcp } = stack;
    if (link.mac === 0) return;
    const { lease } = local;
    list.push({
      name: `net${index}`,
      link: link.up,
      mac: formatMac(link.mac),
      dhcp: dhcp.phase,
      address: lease === undefined ? "" : formatIpAddress(lease.address),
      prefix: lease === undefined ? 0 : (prefixOfMask(lease.mask) ?? 0),
      router: lease === undefined || lease.router === 0 ? "" : formatIpAddress(lease.router),
    });
  });
  return list;
}

/** Milliseconds to nanoseconds of a contract. */
function span(milliseconds: number): number {
  if (milliseconds <= 0) return 0;
  return Math.min(FOR_EVER, Math.round(milliseconds * 1_000_000));
}
