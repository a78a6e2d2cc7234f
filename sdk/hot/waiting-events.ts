// Events that a client was too slow for: they wait in the server, and move to new code with the client's channel.
// Invariant: each is sent once and in its place, by the code that stands; its handles are numbers of the vault that moves.
import type { Compiled } from "../contract/compiled.ts";
import { inheritEvents, type PeerCore } from "../contract/adopt-peer.ts";
import { EncodedEvent, encodedEvent } from "../contract/encoded-event.ts";
import { sendersWaiting } from "../contract/event-sender.ts";
import type { Endpoint } from "../runtime/endpoint.ts";
import type { Parts } from "./pack.ts";

/** One line: the channel, the method's id and hash, and of each event its bytes (a part) and handles. */
export interface WaitingImage {
  readonly channel: number;
  readonly id: number;
  readonly hash: number;
  readonly events: readonly (readonly [number, readonly number[]])[];
}

/** What waits for clients now; the lines stay as they are. */
export function waitingImages(parts: Parts): WaitingImage[] {
  const images: WaitingImage[] = [];
  for (const each of sendersWaiting) {
    const { channel, method, waiting } = each.line;
    if (each.client === undefined || channel.closed) continue;
    const events: [number, readonly number[]][] = [];
    for (const fields of waiting) {
      const { bytes, handles } = encodedEvent(method, fields);
      events.push([parts.push(bytes) - 1, handles]);
    }
    const { id, hash } = method;
    images.push({ channel: (channel as Endpoint).number, id, hash, events });
  }
  return images;
}

/** For the begin of a take-over: clients get what waits for them as they are taken on. `known` gets the handles. */
export function takeWaiting(
  images: readonly WaitingImage[],
  parts: Parts,
  known: Set<number>,
): void {
  for (const { events } of images)
    for (const [, handles] of events) for (const each of handles) known.add(each);
  inheritEvents.present = (peer: PeerCore, compiled: Compiled) => {
    const { number } = peer.channel as Endpoint;
    for (const { channel, id, hash, events } of images) {
      if (channel !== number) continue;
      const place = compiled.find(id);
      // In another shape than the client takes now: it is swapped together with this code, and drops what is of the old one.
      if (place < 0 || peer.refused?.includes(place)) continue;
      if (peer.hello === undefined && compiled.methods[place]!.hash !== hash) continue;
      const line = events.map(([part, handles]) => new EncodedEvent(parts[part]!, handles));
      peer.senderOf(place)?.inherit(line);
    }
  };
}

/** A sentence about events of this process's own clients that wait, "" when there are none: they don't move. */
export function ownWaiting(): string {
  for (const each of sendersWaiting) {
    const { channel, name } = each.line;
    if (each.client !== undefined || channel.closed) continue;
    return `events of ${name} wait for ${channel.service || "their server"}, which does not keep up`;
  }
  return "";
}
