// What netd keeps of a client: what it has open, and what it may do.
// Invariant: a narrowed network counts against the client that it comes from, so that narrowing buys nobody more.
import type { Peer } from "../../sdk/contract/server.ts";
import type { Net } from "./contract.ts";
import type { ResolveCount } from "./dns-service.ts";
import type { PingCount } from "./ping-service.ts";
import { Policy } from "./policy.ts";
import type { TcpCount } from "./tcp-streams.ts";
import type { SocketCount } from "./udp-service.ts";

export type Counts = SocketCount & PingCount & TcpCount & ResolveCount;

export interface NetSession {
  readonly counts: Counts;
  readonly policy: Policy;
}

export type NetPeer = Peer<typeof Net.methods, NetSession>;

/** The session of a client, made at its first call. */
export function sessionOf(peer: NetPeer): NetSession {
  peer.session ??= {
    counts: { sockets: 0, pings: 0, connections: 0, listeners: 0, names: 0 },
    policy: Policy.of(peer.name, peer.terms),
  };
  return peer.session;
}
