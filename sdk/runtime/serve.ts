// Serves a contract under a name that the manifest `serves`: clients arrive on the listening endpoint given at start.
import type { Contract, Methods } from "../contract/contract.ts";
import { type Handlers, type Service, service } from "../contract/server.ts";
import { Endpoint } from "./endpoint.ts";
import { startValues } from "./run.ts";
import { Listener } from "./supervisor.contract.ts";

/** Throws when the name is not among the START grants: the manifest lacks it under `serves`. */
export function serve<M extends Methods, S = unknown>(
  name: string,
  contract: Contract<M>,
  handlers: Handlers<M, S>,
): Service<M, S> {
  const listening = startValues().grants[`serve:${name}`];
  if (listening === undefined)
    throw new Error(`the manifest does not serve ${name}; add it under \`serves\``);
  const served = service(contract, handlers);
  const listener = service(Listener, {
    connection({ channel, client, process }) {
      served.accept(new Endpoint(channel), client, process);
    },
  });
  listener.accept(new Endpoint(listening));
  return served;
}
