// Serves a contract under a name that the manifest `serves`: clients arrive on the listening endpoint given at start, or were handed over
// by the code before (sdk/hot).
import type { Contract, Methods } from "../contract/contract.ts";
import { adoptPeer, coreOf } from "../contract/adopt-peer.ts";
import { type Handlers, type Peer, type Service, service } from "../contract/server.ts";
import { Endpoint } from "./endpoint.ts";
import { startValues } from "./run.ts";
import { inherited, type SessionMove, servedNames } from "./served.ts";
import { Listener } from "./supervisor.contract.ts";

export interface ServeOptions<M extends Methods, S> {
  /** With it, the sessions of clients move to new code (sdk/hot). */
  readonly session?: SessionMove & {
    readonly save?: (session: S, peer: Peer<M, S>) => object;
    readonly load?: (values: never, peer: Peer<M, S>) => S;
  };
}

/** Throws when the name is not among the START grants: the manifest lacks it under `serves`. */
export function serve<M extends Methods, S = unknown>(
  name: string,
  contract: Contract<M>,
  handlers: Handlers<M, S>,
  options: ServeOptions<M, S> = {},
): Service<M, S> {
  const listening = startValues().grants[`serve:${name}`];
  if (listening === undefined)
    throw new Error(`the manifest does not serve ${name}; add it under \`serves\``);
  const served = service(contract, handlers);
  const listener = service(Listener, {
    connection({ channel, client, process, terms }) {
      served.accept(new Endpoint(channel), client, process, terms);
    },
  });
  const endpoint = new Endpoint(listening);
  listener.accept(endpoint);
  servedNames.push({ name, service: served, listener: endpoint, session: options.session });
  const heirs = inherited[name]?.(coreOf(served).compiled, options.session) ?? [];
  for (const each of heirs)
    adoptPeer(served, new Endpoint(each.number), each, options.session?.load);
  return served;
}
