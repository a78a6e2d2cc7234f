// A card's pool in the hands of one client: batches of frames go to it, packets come from it.
//
// Invariant: at most WINDOW batches are with the client; the card is not looked at while they are, which is what makes batches long where
// there is much to do. A client answers at once when it has as many, before that when it likes. A client that says what cannot be loses
// its channel, and everything that it had comes back here.

import type { EthernetCard } from "../../servers/virtio-net/contract.ts";
import type { Reply } from "../contract/contract.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import type { Peer } from "../contract/server.ts";
import type { Memory } from "../runtime/memory.ts";
import { after } from "../runtime/timers.ts";
import { CUTS_PACKETS, PACKET_WORDS, PIECE_WORDS, WINDOW } from "./card-pool.ts";
import type { CardSession } from "./kept-card.ts";
import { MOST_PIECES, type PoolCard, REFUSED } from "./pool-card.ts";

type EthernetMethods = typeof EthernetCard.methods;
type Client = Peer<EthernetMethods>;

/** Looks at the card in one turn, so that frames that are refused for ever do not fill it. */
const MOST_ROUNDS = 16;
const NO_PACKETS = new Uint32Array(0);

/** A card's pool as serve-card.ts hands it to a client. */
export interface CardPool {
  /** Whether a client has the pool, and gets all frames. */
  readonly used: boolean;
  /** Answers `share`. */
  share(
    peer: Client,
  ): Reply<EthernetMethods["share"]> | Failure | Promise<Reply<EthernetMethods["share"]> | Failure>;
  /** What new code has to know of a client, and goes on with; `deliver` comes behind it. */
  save(peer: Client): CardSession;
  load(peer: Client, session: CardSession): void;
  closed(peer: Client): void;
  post(peer: Client, taken: number, packets: Uint8Array): void;
  /** Frames have come, or may have. */
  deliver(): void;
}

export class SharedPool implements CardPool {
  private readonly card: PoolCard;
  private readonly memory: Memory;
  private readonly stop: (fault: string) => void;
  private client: Client | undefined;
  private unanswered = 0;
  /** Slots taken back, as far as the client knows of them. */
  private told = 0;

  /** `memory`: the pool's; `stop` ends the driver. */
  constructor(card: PoolCard, memory: Memory, stop: (fault: string) => void) {
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
    const { receiveBytes, sendSlots, head, cutsPackets, room } = this.card;
    this.told = this.card.freed;
    return {
      memory,
      receiveBytes,
      slots: sendSlots,
      next: head,
      room,
      offloads: cutsPackets ? CUTS_PACKETS : 0,
    };
  }

  /** What new code has to know of a client. */
  save(peer: Client): CardSession {
    const shares = this.client === peer;
    return { shares, unanswered: shares ? this.unanswered : 0, told: shares ? this.told : 0 };
  }

  /** Goes on with a client of the code before. */
  load(peer: Client, { shares, unanswered, told }: CardSession): void {
    if (!shares) return;
    this.client = peer;
    this.unanswered = unanswered;
    this.told = told;
  }

  /** The peer's channel has closed. */
  closed(peer: Client): void {
    if (this.client !== peer) return;
    this.client = undefined;
    const back = this.card.exchange(NO_PACKETS, this.card.batches, 0);
    if (typeof back === "string") this.stop(back);
  }

  /** The client has used its `taken` oldest batches, and sends packets. */
  post(peer: Client, taken: number, bytes: Uint8Array): void {
    const unsound = bytes.length % (4 * PACKET_WORDS) !== 0 || taken > this.unanswered;
    if (this.client !== peer || unsound) {
      peer.close();
      return;
    }
    this.unanswered -= taken;
    const packets =
      bytes.length === 0
        ? NO_PACKETS
        : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    this.go(packets, taken);
  }

  /** Looks at the card, which has interrupted, or has not been looked at for a while. */
  deliver(): void {
    if (this.client !== undefined) this.go(NO_PACKETS, 0);
  }

  private go(packets: Uint32Array, back: number): void {
    const { card, client } = this;
    if (client === undefined) return;
    let given = packets;
    let gone = back;
    let rounds = 0;
    let again = false;
    do {
      const count = card.exchange(given, gone, this.unanswered < WINDOW ? MOST_PIECES : 0);
      if (typeof count === "string") {
        this.stop(count);
        return;
      }
      if (count === REFUSED) {
        client.close();
        return;
      }
      if (count > 0) {
        this.unanswered += 1;
        const pieces = new Uint8Array(card.pieces.buffer, 0, count * PIECE_WORDS * 4);
        client.send.arrived({ pieces });
      }
      again = card.more;
      if (count > 0 && !again && this.unanswered < WINDOW) {
        // What has come since the card was asked to tell of the next frame tells of itself no more.
        card.order();
        again = true;
      }
      given = NO_PACKETS;
      gone = 0;
      rounds += 1;
    } while (again && rounds < MOST_ROUNDS && !client.closed);
    this.tell(client);
    // Others get their turn first.
    if (again) after(0, () => this.deliver());
  }

  /** Tells the client of slots that are free again, when it has few. */
  private tell(client: Client): void {
    const { freed, room, sendSlots } = this.card;
    const slots = (freed - this.told) >>> 0;
    if (slots === 0 || room - slots >= sendSlots >> 1) return;
    this.told = freed;
    client.send.sent({ slots });
  }
}
