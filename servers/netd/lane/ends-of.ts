// The loop's key and the handle of a channel, which a kernel knows it by.
import type { Endpoint } from "../../../sdk/runtime/endpoint.ts";

/** Of a client, or of a client's end at a service; `key` 0 where it is closed, or no endpoint. */
export function endsOf(end: object): { readonly key: number; readonly handle: number } {
  const { channel } = end as { channel: Partial<Endpoint> };
  return { key: channel.slot ?? 0, handle: channel.number ?? 0 };
}
