// Clients of services that are not served under a name: a server hands out their channels itself, so it keeps them in its state.
// Invariant: what `savePeers` gives is a value of `peersOf`'s schema, and `loadPeers` makes the same peers of it.
import { adoptPeer, coreOf } from "../contract/adopt-peer.ts";
import type { Methods } from "../contract/contract.ts";
import {
  array,
  type Field,
  type Fields,
  handle,
  optional,
  string,
  struct,
  u32,
  u64,
  type Values,
} from "../contract/field.ts";
import type { Peer, Service } from "../contract/server.ts";
import { Endpoint } from "../runtime/endpoint.ts";
import { noteLosses } from "./losses.ts";

/** One peer in the state; `session` by the schema that the server gives. */
export interface SavedPeer<V> {
  readonly channel: number;
  readonly client: string;
  readonly badge: number;
  readonly terms: string[];
  readonly hello?: number[] | undefined;
  readonly session: V;
}

/** The schema of a service's peers, whose sessions have that schema. */
export function peersOf<const F extends Fields>(session: F): Field<SavedPeer<Values<F>>[]> {
  return array(
    struct({
      channel: handle("endpoint"),
      client: string,
      badge: u64,
      terms: array(string),
      hello: optional(array(u32)),
      session: struct(session),
    }),
  ) as Field<SavedPeer<Values<F>>[]>;
}

/** The peers of a service that have a session. */
export function savePeers<M extends Methods, S, V>(
  service: Service<M, S>,
  save: (session: S, peer: Peer<M, S>) => V,
): SavedPeer<V>[] {
  const saved: SavedPeer<V>[] = [];
  for (const peer of coreOf(service).peers) {
    if (peer.session === undefined) continue;
    saved.push({
      channel: (peer.channel as Endpoint).number,
      client: peer.name,
      badge: peer.badge,
      terms: [...peer.terms],
      ...(peer.hello === undefined ? {} : { hello: [...peer.hello] }),
      session: save(peer.session as S, peer as unknown as Peer<M, S>),
    });
  }
  return saved;
}

/** Makes peers of what was saved. */
export function loadPeers<M extends Methods, S, V>(
  service: Service<M, S>,
  saved: readonly SavedPeer<V>[],
  load: (values: V, peer: Peer<M, S>) => S,
): void {
  for (const each of saved) {
    const { channel, client, badge, terms, hello, session } = each;
    if (hello !== undefined) noteLosses(coreOf(service).compiled, client, hello);
    const heir = { client, badge, terms, hello, session: session as object };
    adoptPeer(service, new Endpoint(channel), heir, load as never);
  }
}
