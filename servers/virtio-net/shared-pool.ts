// The card's pool in the hands of one client: batches of frames go to it, packets come from it.
//
// Invariant: at most WINDOW batches are with the client; the card is not looked at while they are, which is what makes batches long where
// there is much to do. A client that says what cannot be loses its channel, and everything that it had comes back here.

import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import { CUTS_PACKETS, PACKET_WORDS, PIECE_WORDS } from "../../sdk/net/card-pool.ts";
import type { Memory } from "../../sdk/runtime/memory.ts";
import { orderAccesses } from "../../sdk/runtime/shared-view.ts";
import type { Card } from "./card.ts";
import type { EthernetCard } from "./contract.ts";
import type { DriverFault } from "./driver-fault.ts";

type Client = Peer<typeof EthernetCard.methods>;

const WINDOW = 2;

export class SharedPool {
  private readonly card: Card;
  private readonly memory: Memory;
  private readonly stop: (fault: DriverFault) => void;
  private client: Client | undefined;
  private unanswered = 0;
  /** Free slots as the client knows of them. */
  private room = 0;
  /** Whether the card was asked to tell of what has left. */
  private waking = false;

  /** `memory`: the pool's; `stop` ends the driver. */
  constructor(card: Card, memory: Memory, stop: (fault: DriverFault) => void) {
    this.card = card;
    this.memory = memory;
    this.stop = stop;
  }

  /** Whether a client has the pool. */
  get used(): boolean {
    return this.client !== undefined;
  }

  /** Answers `share`. */
  share(peer: Client) {
    if (this.client !== undefined) {
      return refuse(failures.UNAVAILABLE, "another client has the card's buffers");
    }
    const memory = this.memory.duplicate();
    if (memory instanceof Failure) return memory;
    this.client = peer;
    this.unanswered = 0;
    const { receiveBytes, sendSlots, head, offloads, room } = this.card;
    this.room = room;
    return {
      memory,
      receiveBytes,
      slots: sendSlots,
      next: head,
      room,
      offloads: offloads.sendsBig ? CUTS_PACKETS : 0,
    };
  }

  /** The peer's channel has closed. */
  closed(peer: Client): void {
    if (this.client !== peer) return;
    this.client = undefined;
    this.card.giveAllBack();
  }

  /** The client has used a batch. */
  taken(peer: Client): void {
    if (this.client !== peer || this.unanswered === 0) {
      peer.close();
      return;
    }
    this.unanswered -= 1;
    this.card.giveBack();
    this.deliver();
  }

  /** Packets of the client. */
  post(peer: Client, bytes: Uint8Array): void {
    if (this.client !== peer || bytes.length % (4 * PACKET_WORDS) !== 0) {
      peer.close();
      return;
    }
    const packets = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const slots = this.card.room;
    if (!this.card.post(packets)) {
      peer.close();
      return;
    }
    this.room -= slots - this.card.room;
    this.reclaim();
  }

  /** The card has interrupted. */
  interrupted(): void {
    this.deliver();
    this.reclaim();
  }

  /** Sends what has arrived to the client, as long as it keeps up. */
  deliver(): void {
    const { card, client } = this;
    if (client === undefined) return;
    let asked = false;
    while (this.unanswered < WINDOW) {
      const count = card.harvest();
      if (typeof count === "string") {
        this.stop(count);
        return;
      }
      if (count === 0) {
        if (asked) return;
        asked = true;
        card.wakeOnFrame();
        orderAccesses();
        continue;
      }
      asked = false;
      const pieces = new Uint8Array(card.pieces.buffer, 0, count * PIECE_WORDS * 4);
      this.unanswered += 1;
      client.send.arrived({ pieces });
    }
  }

  /** Takes back the slots of what has left, and asks to be told of more before the client runs out of them. */
  private reclaim(): void {
    const { card } = this;
    this.tell(card.flush());
    const busy = card.room < card.sendSlots >> 1;
    if (busy || this.waking) card.wakeOnSent(busy);
    this.waking = busy;
    if (!busy) return;
    orderAccesses();
    this.tell(card.flush());
  }

  /** Tells the client of slots that are free again, when it has few. */
  private tell(fault: DriverFault | undefined): void {
    const { card, client } = this;
    if (fault !== undefined) {
      this.stop(fault);
      return;
    }
    const freed = card.room - this.room;
    if (client === undefined || freed === 0 || this.room >= card.sendSlots >> 1) return;
    this.room = card.room;
    client.send.sent({ slots: freed });
  }
}
