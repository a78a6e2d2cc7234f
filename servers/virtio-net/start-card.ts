// Sets a virtio network card up, from whatever state it is in.
//
// Invariant: a card that cannot be driven is told so (FAILED), and why is a code of driver-fault.ts.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import { FRAME_AT, SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import {
  DeviceQueue,
  queueBytes,
  runningBell,
  setUpQueues,
  type WantedQueue,
} from "../../sdk/virtio/queues.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { Card, type KeepWords } from "./card.ts";
import { CONTROL_BYTES, CONTROL_SLOTS, ControlQueue, commands } from "./control-queue.ts";
import type { DriverFault } from "./driver-fault.ts";
import {
  bufferCount,
  features,
  HEADER_BYTES,
  offloadsOf,
  RECEIVE_POOL,
  wantedOf,
} from "./offloads.ts";
import { queueState, queueWords, words } from "./queue-state.ts";
import { DEVICE_WRITES, SplitRing } from "../../sdk/virtio/split-ring.ts";

/** Slots of the transmit ring, and most of the receive ring. */
const RING_SIZE = 256;
/** MAC and status (section 5.1.4). */
export const CARD_CONFIG_BYTES = 8;
/** Vectors that the card's interrupts must be set up for: changes of the link and answers to commands, and frames that came or left. */
export const vectors = { CONFIG: 0, RECEIVE: 1 } as const;
/** Bytes of DMA memory that a card needs for its rings, and for frames. */
const CONTROL_AT = queueBytes([RING_SIZE, RING_SIZE, CONTROL_SLOTS]);
export const CARD_MEMORY_BYTES = CONTROL_AT + CONTROL_BYTES;
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
  const wanted: WantedQueue[] = [
    { slots: bufferCount(facts.offloads), vector: vectors.RECEIVE },
    { slots: RING_SIZE, vector: vectors.RECEIVE },
  ];
  // Behind one pair of queues.
  const takesCommands = (facts.agreed & features.CONTROL) !== 0;
  if (takesCommands) wanted.push({ slots: CONTROL_SLOTS, vector: vectors.CONFIG });
  const queues = setUpQueues(parts, wanted, facts.byIndex);
  if (typeof queues === "string") return queues;
  const [receiving, sending] = [queues[0]!, queues[1]!];
  describe(parts, receiving.ring, sending.ring, facts.offloads.bufferBytes);
  const control = takesCommands ? firstCommands(parts, queues[2]!, facts.agreed, mac) : undefined;
  const card = new Card(
    {
      ...whole(parts),
      ...facts,
      mac,
      receiving: receiving.bell,
      sending: sending.bell,
      control,
      order,
    },
    queueState(receiving.ring, sending.ring, facts.offloads, facts.byIndex),
    keep,
  );
  device.goLive(common);
  card.begin();
  return card;
}

/** The control queue, with what is asked of a card that has just been started: frames for its own address, and broadcasts. */
function firstCommands(
  parts: DeviceParts,
  queue: DeviceQueue,
  agreed: number,
  mac: Uint8Array,
): ControlQueue {
  const control = new ControlQueue(queue, parts.memory, CONTROL_AT);
  control.describe(parts.busAddress);
  if ((agreed & features.CONTROL_ADDRESS) !== 0) control.ask(commands.address(mac));
  if ((agreed & features.CONTROL_RECEIVE) !== 0) {
    control.ask(commands.nobodyElse);
    control.ask(commands.onlyJoined);
    control.ask(commands.onlyOwn);
  }
  return control;
}

/** That queue of a card that runs; `given`: commands so far, all of them answered. */
function runningControl(
  parts: DeviceParts,
  state: Uint32Array,
  given: number,
  byIndex: boolean,
): ControlQueue | DriverFault {
  const bell = runningBell(parts, 2);
  if (typeof bell === "string") return bell;
  const slots = (queue: number) => state[queue + queueWords.MASK]! + 1;
  const offset = queueBytes([slots(words.RECEIVE), slots(words.SEND)]);
  const kept = { posted: given, taken: given, given: new Uint8Array(CONTROL_SLOTS) };
  const ring = new SplitRing(parts.memory, offset, CONTROL_SLOTS, { size: CONTROL_SLOTS, ...kept });
  if (byIndex) ring.useEventIndex();
  return new ControlQueue(new DeviceQueue(ring, bell), parts.memory, CONTROL_AT);
}

/**
 * Goes on with a card that the code before has started; `state`, `mac` and `given` (ControlQueue) as that card had them.
 */
export function resumeCard(
  parts: DeviceParts,
  agreed: number,
  mac: Uint8Array,
  state: Uint32Array,
  given: number | undefined,
  order: () => void,
  keep?: KeepWords,
): Card | DriverFault {
  const lacking = enough(parts);
  if (lacking !== undefined) return lacking;
  const receiving = runningBell(parts, 0);
  const sending = runningBell(parts, 1);
  if (typeof receiving === "string") return receiving;
  if (typeof sending === "string") return sending;
  const facts = factsOf(agreed);
  const control =
    given === undefined ? undefined : runningControl(parts, state, given, facts.byIndex);
  if (typeof control === "string") return control;
  const made = { ...whole(parts), ...facts, mac, receiving, sending, control, order };
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
    announces: (agreed & features.ANNOUNCE) !== 0,
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
