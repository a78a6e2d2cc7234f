// Clients of a service that a hot swap moves: what is known of each, and how new code takes it on.
import type { Channel } from "./channel.ts";
import type { Compiled } from "./compiled.ts";
import type { Methods } from "./contract.ts";
import type { EventSender } from "./event-sender.ts";
import { unservedMethods } from "./hello.ts";
import type { Service } from "./server.ts";

/** What a peer carries inside of its service. */
export interface PeerCore {
  readonly name: string;
  readonly badge: number;
  readonly terms: readonly string[];
  readonly channel: Channel;
  session: unknown;
  hello: readonly number[] | undefined;
  refused: readonly number[] | undefined;
  senderOf(place: number): EventSender | undefined;
}

/** Gives a client that was taken over what waits for it, where there is something; set during a hand-over. */
export const inheritEvents: {
  present: ((peer: PeerCore, compiled: Compiled) => void) | undefined;
} = {
  present: undefined,
};

interface Core {
  readonly compiled: Compiled;
  readonly peers: PeerCore[];
  readonly hooks: { opened?: unknown };
  adopt(channel: Channel, name: string, badge: number, terms: readonly string[]): PeerCore;
}

/** A service's inner side. */
export function coreOf(service: unknown): Core {
  return service as Core;
}

/** What a client was for the code before. */
interface Heir {
  readonly client: string;
  readonly badge: number;
  readonly terms: readonly string[];
  readonly hello: readonly number[] | undefined;
  readonly session: object | undefined;
}

/** Takes a client over: it was opened once, so `opened` is not called again. `load` makes its session of the values that came. */
export function adoptPeer<M extends Methods, S>(
  service: Service<M, S>,
  channel: Channel,
  { client, badge, terms, hello, session }: Heir,
  load: ((values: never, peer: never) => unknown) | undefined,
): void {
  const core = coreOf(service);
  const peer = core.adopt(channel, client, badge, terms);
  if (session !== undefined)
    peer.session = load === undefined ? session : load(session as never, peer as never);
  if (hello !== undefined) shapesOf(peer, core.compiled, hello);
  inheritEvents.present?.(peer, core.compiled);
}

function shapesOf(peer: PeerCore, compiled: Compiled, hello: readonly number[]): void {
  const own = compiled.hello;
  peer.hello = hello.join() === own.join() ? own : hello;
  const unserved = unservedMethods(compiled, hello);
  if (unserved.length > 0) peer.refused = unserved.map((id) => compiled.find(id));
}
