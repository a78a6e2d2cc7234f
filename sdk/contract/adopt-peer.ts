// Clients of a service that a hot swap moves: what is known of each, and how new code takes it on.
import type { Channel } from "./channel.ts";
import type { Compiled } from "./compiled.ts";
import type { Methods } from "./contract.ts";
import { unservedMethods } from "./hello.ts";
import type { Service } from "./server.ts";

/** What a peer carries inside of its service. */
export interface PeerCore {
  readonly name: string;
  readonly badge: number;
  readonly channel: Channel;
  session: unknown;
  hello: readonly number[] | undefined;
  refused: readonly number[] | undefined;
}

interface Core {
  readonly compiled: Compiled;
  readonly peers: PeerCore[];
  readonly hooks: { opened?: unknown };
  adopt(channel: Channel, name: string, badge: number): PeerCore;
}

/** A service's inner side. */
export function coreOf(service: unknown): Core {
  return service as Core;
}

/** Takes a client over: it was opened once, so `opened` is not called again. */
export function adoptPeer<M extends Methods, S>(
  service: Service<M, S>,
  channel: Channel,
  name: string,
  badge: number,
  from: { readonly hello: readonly number[] | undefined; readonly session: unknown },
): void {
  const core = coreOf(service);
  const peer = core.adopt(channel, name, badge);
  peer.session = from.session ?? undefined;
  if (from.hello === undefined) return;
  const own = core.compiled.hello;
  peer.hello = from.hello.join() === own.join() ? own : from.hello;
  const unserved = unservedMethods(core.compiled, from.hello);
  if (unserved.length > 0) peer.refused = unserved.map((id) => core.compiled.find(id));
}
