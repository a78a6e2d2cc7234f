// Sets an 82574 card up, from whatever state it is in.
import { Card, type CardParts } from "./card.ts";
import {
  ADDRESS_VALID,
  BUFFER_BYTES,
  causes,
  CHECK_SUMS,
  control,
  descriptor,
  GAPS,
  RECEIVE_ON,
  RECEIVE_RING,
  REGISTER_BYTES,
  registers as r,
  SEND_RING,
  SEND_SLOTS,
  TRANSMIT_ON,
  WRITE_BACK_EACH,
} from "./registers.ts";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import { resetCard } from "./reset.ts";
import { places, ringState } from "./ring-state.ts";

/** Bytes of memory that the card needs for its descriptors, and for frames. */
export const RING_BYTES = (RECEIVE_RING + SEND_RING) * descriptor.BYTES;
export const POOL_BYTES = (RECEIVE_RING + SEND_SLOTS) * BUFFER_BYTES;
/** Which interrupt is which. */
export const vectors = { CHANGE: 0, RECEIVE: 1 } as const;

function setAddress(registers: MemoryView, low: number, address: number): void {
  registers.set32(low, address % 2 ** 32);
  registers.set32(low + 4, Math.floor(address / 2 ** 32));
}

/** Whether there is as much of everything as the driver needs; or a sentence that says why not. */
export function enough({ registers, rings, pool }: CardParts): string | undefined {
  if (registers.length >= REGISTER_BYTES) {
    const { length } = rings.memory;
    if (length >= RING_BYTES && pool.memory.length >= POOL_BYTES) return undefined;
  }
  return "the card has too few registers, or the driver too little memory";
}

/** Starts the card; or a sentence that says why that can't be. */
export function startCard(parts: CardParts): Card | string {
  const { registers, rings, pool } = parts;
  const lacking = enough(parts);
  if (lacking !== undefined) return lacking;
  if (!resetCard(registers)) return "the card's reset does not end; switch the machine off and on";
  const mac = new Uint8Array(6);
  const low = registers.get32(r.RAL);
  const high = registers.get32(r.RAH);
  for (let index = 0; index < 6; index++)
    mac[index] = index < 4 ? low >>> (8 * index) : high >>> (8 * (index - 4));
  const empty = mac.every((byte) => byte === 0);
  if ((high & ADDRESS_VALID) === 0 || (mac[0]! & 1) !== 0 || empty)
    return "the card's store holds no station's address";
  for (let word = 0; word < 128; word++) registers.set32(r.MTA + word * 4, 0);
  setAddress(registers, r.TDBAL, rings.busAddress + places.send);
  registers.set32(r.TDLEN, SEND_RING * descriptor.BYTES);
  registers.set32(r.TDH, 0);
  registers.set32(r.TDT, 0);
  setAddress(registers, r.RDBAL, rings.busAddress + places.receive);
  registers.set32(r.RDLEN, RECEIVE_RING * descriptor.BYTES);
  registers.set32(r.RDH, 0);
  registers.set32(r.RDT, 0);
  registers.set32(r.TXDCTL, WRITE_BACK_EACH);
  registers.set32(r.RXCSUM, CHECK_SUMS);
  registers.set32(r.TIPG, GAPS);
  // Both queues 0 have one vector, all else that is no queue's the other; the fourth bit of each makes it valid.
  const vector = vectors.RECEIVE | 8;
  registers.set32(r.IVAR, vector | (vector << 8) | (vectors.CHANGE << 16) | (8 << 16));
  registers.set32(r.EIAC, causes.RECEIVE | causes.SENT);
  const wanted = control.LINK_UP | control.SPEED_BY_LINK;
  registers.set32(r.CTRL, (registers.get32(r.CTRL) | wanted) >>> 0);
  registers.set32(r.TCTL, TRANSMIT_ON);
  registers.set32(r.RCTL, RECEIVE_ON);
  const card = new Card(parts, mac, ringState(pool.busAddress));
  card.begin();
  registers.set32(r.IMS, causes.LINK | causes.OTHER);
  return card;
}
