// A client over an endpoint handle that came in a message, or over one end of a pair.
import type { ClientOf } from "../contract/client.ts";
import { client } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import { Endpoint } from "./endpoint.ts";

/** Takes the handle over; it is closed with the client. `service`: the name behind which it was opened, if any. */
export function open<M extends Methods>(
  contract: Contract<M>,
  end: number,
  service?: string,
): ClientOf<M> {
  const endpoint = new Endpoint(end);
  if (service !== undefined) endpoint.service = service;
  return client(contract, endpoint);
}
