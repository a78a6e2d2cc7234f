// The handle behind a client, for a `channel` field of the state: new code opens it again (`open(Contract, number)`) and goes on with it.
import type { Endpoint } from "../runtime/endpoint.ts";

/** The number of the client's channel, which still belongs to the client; 0 when it is closed. */
export function handleOf(client: object): number {
  return (client as { channel: Endpoint }).channel.number;
}
