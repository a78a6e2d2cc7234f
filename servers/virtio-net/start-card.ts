// Sets a virtio network card up, from whatever state it is in.
//
// Invariant: a card that cannot be driven is told so (FAILED), and why is a code of driver-fault.ts.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import { SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import { queueBytes, setUpQueues } from "../../sdk/virtio/queues.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { Card } from "./card.ts";
import type { DriverFault } from "./driver-fault.ts";
import { bufferCount, features, offloadsOf, RECEIVE_POOL, wantedOf } from "./offloads.ts";

/** Slots of the transmit ring, and most of the receive ring. */
const RING_SIZE = 256;
/** MAC and status (section 5.1.4). */
export const CARD_CONFIG_BYTES = 8;
/** Vectors that the card's interrupts must be set up for: changes of the link, and frames that came or left. */
export const vectors = { CONFIG: 0, RECEIVE: 1 } as const;
/** Bytes of DMA memory that a card needs for its rings, and for frames. */
export const CARD_MEMORY_BYTES = queueBytes([RING_SIZE, RING_SIZE]);
export const CARD_POOL_BYTES = RECEIVE_POOL + RING_SIZE * SLOT_BYTES;

/** Starts the card; `order` as PoolCard has it; `allowed`: feature bits that may be used, for tests. */
export function startCard(parts: DeviceParts, order: () => void, allowed = -1): Card | DriverFault {
  const { common, memory, pool, config } = parts;
  if (memory.length < CARD_MEMORY_BYTES) return "virtio.memory";
  if (pool === undefined || pool.memory.length < CARD_POOL_BYTES) return "virtio.memory";
  const agreed = device.negotiate(common, {
    needed: features.MAC,
    choose: (offered) => wantedOf(offered & allowed),
  });
  if (agreed === "virtio.lacking") return "virtio.no-mac";
  if (typeof agreed === "string") return agreed;
  const fault = device.setConfigVector(common, vectors.CONFIG);
  if (fault !== undefined) return fault;
  const mac = new Uint8Array(6);
  for (let index = 0; index < 6; index++) mac[index] = config.get8(index);
  if ((mac[0]! & 1) !== 0 || mac.every((byte) => byte === 0)) return "virtio.mac";
  const offloads = offloadsOf(agreed.features);
  const byIndex = (agreed.features & features.EVENT_INDEX) !== 0;
  const queues = setUpQueues(
    parts,
    [
      { slots: bufferCount(offloads), vector: vectors.RECEIVE },
      { slots: RING_SIZE, vector: vectors.RECEIVE },
    ],
    byIndex,
  );
  if (typeof queues === "string") return queues;
  const card = new Card({
    common,
    config,
    memory,
    bytes: parts.bytes,
    pool,
    mac,
    byIndex,
    reportsLink: (agreed.features & features.STATUS) !== 0,
    offloads,
    receiving: queues[0]!,
    sending: queues[1]!,
    order,
  });
  device.goLive(common);
  card.begin();
  return card;
}
