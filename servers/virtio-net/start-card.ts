// Sets a virtio network card up, from whatever state it is in.
//
// Invariant: a card that cannot be driven is told so (FAILED), and why is a code of driver-fault.ts.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import { FRAME_AT, SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import { queueBytes, runningBell, setUpQueues } from "../../sdk/virtio/queues.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { Card, type KeepWords } from "./card.ts";
import type { DriverFault } from "./driver-fault.ts";
import {
  bufferCount,
  features,
  HEADER_BYTES,
  offloadsOf,
  RECEIVE_POOL,
  wantedOf,
} from "./offloads.ts";
import { queueState } from "./queue-state.ts";
import { DEVICE_WRITES, type SplitRing } from "../../sdk/virtio/split-ring.ts";

/** Slots of the transmit ring, and most of the receive ring. */
const RING_SIZE = 256;
/** MAC and status (section 5.1.4). */
export const CARD_CONFIG_BYTES = 8;
/** Vectors that the card's interrupts must be set up for: changes of the link, and frames that came or left. */
export const vectors = { CONFIG: 0, RECEIVE: 1 } as const;
/** Bytes of DMA memory that a card needs for its rings, and for frames. */
export const CARD_MEMORY_BYTES = queueBytes([RING_SIZE, RING_SIZE]);
export const CARD_POOL_BYTES = RECEIVE_POOL + RING_SIZE * SLOT_BYTES;

/** Starts the card; `order` as PoolCard has it; `keep` as Card; `allowed`: feature bits that may be used, for tests. */
export function startCard(
  parts: DeviceParts,
  order: () => void,
  keep?: KeepWords,
  allowed = -1,
): Card | DriverFault {
  const lacking = enough(parts);
  if (lacking !== undefined) return lacking;
  const { common, config } = parts;
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
  const facts = factsOf(agreed.features);
  const queues = setUpQueues(
    parts,
    [
      { slots: bufferCount(facts.offloads), vector: vectors.RECEIVE },
      { slots: RING_SIZE, vector: vectors.RECEIVE },
    ],
    facts.byIndex,
  );
  if (typeof queues === "string") return queues;
  const [receiving, sending] = [queues[0]!, queues[1]!];
  describe(parts, receiving.ring, sending.ring, facts.offloads.bufferBytes);
  const card = new Card(
    { ...whole(parts), ...facts, mac, receiving: receiving.bell, sending: sending.bell, order },
    queueState(receiving.ring, sending.ring, facts.offloads, facts.byIndex),
    keep,
  );
  device.goLive(common);
  card.begin();
  return card;
}

/** Goes on with a card that the code before has started; `state` and `mac` as that card had them. */
export function resumeCard(
  parts: DeviceParts,
  agreed: number,
  mac: Uint8Array,
  state: Uint32Array,
  order: () => void,
  keep?: KeepWords,
): Card | DriverFault {
  const lacking = enough(parts);
  if (lacking !== undefined) return lacking;
  const receiving = runningBell(parts, 0);
  const sending = runningBell(parts, 1);
  if (typeof receiving === "string") return receiving;
  if (typeof sending === "string") return sending;
  const made = { ...whole(parts), ...factsOf(agreed), mac, receiving, sending, order };
  return new Card(made, state, keep);
}

function enough({ memory, pool }: DeviceParts): DriverFault | undefined {
  const roomy = memory.length >= CARD_MEMORY_BYTES && (pool?.memory.length ?? 0) >= CARD_POOL_BYTES;
  return roomy ? undefined : "virtio.memory";
}

function whole(parts: DeviceParts) {
  const { common, config, memory, bytes } = parts;
  return { common, config, memory, bytes, pool: parts.pool! };
}

/** What follows from the agreed features. */
function factsOf(agreed: number) {
  return {
    agreed,
    offloads: offloadsOf(agreed),
    byIndex: (agreed & features.EVENT_INDEX) !== 0,
    reportsLink: (agreed & features.STATUS) !== 0,
  };
}

/** Tells the card where the buffers lie. */
function describe(
  { pool }: DeviceParts,
  receiving: SplitRing,
  sending: SplitRing,
  bufferBytes: number,
): void {
  const { busAddress } = pool!;
  const slots = busAddress + receiving.size * bufferBytes + FRAME_AT - HEADER_BYTES;
  for (let slot = 0; slot < sending.size; slot++) {
    sending.describe(slot, slots + slot * SLOT_BYTES, 0, 0);
  }
  for (let slot = 0; slot < receiving.size; slot++) {
    receiving.describe(slot, busAddress + slot * bufferBytes, bufferBytes, DEVICE_WRITES);
  }
  receiving.interruptAfter(1);
  sending.withoutInterrupts();
}
