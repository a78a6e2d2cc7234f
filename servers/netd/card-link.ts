// The way to the network card: its driver may restart at any time, and a short absence is no lost link.
// Invariant: the stack sees the link go down only when the card says so or has been away for GRACE; meanwhile frames are lost. There
// is one channel, or one attempt to open one, or one timer for the next attempt.
import type { ClientOf } from "../../sdk/contract/client.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { EthernetCard } from "../virtio-net/contract.ts";
import { announceAddress } from "./announce.ts";
import { linkChanged } from "./link.ts";
import { isStationMac, macFromBytes } from "./mac-address.ts";
import { frameArrived } from "./receive.ts";
import type { HostOutlet, StackHost } from "./stack-host.ts";

type Client = ClientOf<typeof EthernetCard.methods>;

/** The card's driver as its client. */
export interface CardClient extends Pick<Client, "onClosed" | "close"> {
  readonly on: Pick<Client["on"], "frames" | "link" | "announce">;
  readonly send: Pick<Client["send"], "transmit">;
}

/** The pool of a card, while its driver is there. */
export interface LinkedPool extends HostOutlet {
  /** A frame by itself. */
  sendFrame(frame: Uint8Array): void;
  close(): void;
}

/** What the link needs of the runtime. */
export interface CardWorld {
  /** Opens a channel to the card's driver. */
  connect(): Promise<CardClient | Failure>;
  /** Runs `f` after a span in nanoseconds. */
  after(span: number, f: () => void): { cancel(): void };
  log(text: string): void;
  /** No driver answers. */
  absent(text: string): void;
  /** Shares the card's pool with the driver, where it has one; `refuse`: the driver says what cannot be. */
  share?(client: CardClient, refuse: () => void): Promise<LinkedPool | undefined>;
  /** The link went up or down, as the stack sees it. */
  linkChanged(up: boolean): void;
}

/** A driver that restarts is back within this time, in nanoseconds. */
export const GRACE = 10_000_000_000;
/** Frames that wait for the pool. */
const MOST_EARLY = 32;
/** Pauses between attempts to open a channel, in nanoseconds, doubled each time: a machine without a card is left in peace. */
export const PAUSE = { first: 250_000_000, last: 30_000_000_000 } as const;

/** Frames and link state between the card and the stack. */
export class CardLink {
  readonly #host: StackHost;
  readonly #world: CardWorld;
  readonly #wire: number;
  #client: CardClient | undefined;
  #grace: { cancel(): void } | undefined;
  #pause: number = PAUSE.first;
  #told = false;
  /** The card's pool: frames go through it. */
  pool: LinkedPool | undefined;
  /** The driver was asked for it; frames wait, since none may come to it by another way once it has shared. */
  #sharing = false;
  #early: Uint8Array[] = [];

  /** `wire`: which of the stack's. */
  constructor(host: StackHost, world: CardWorld, wire = 0) {
    this.#wire = wire;
    this.#host = host;
    this.#world = world;
  }

  /** Opens a channel, and another one whenever it has closed. Call it once. */
  async connect(): Promise<void> {
    const client = await this.#world.connect();
    if (!(client instanceof Failure)) {
      this.#told = false;
      this.#attach(client);
      return;
    }
    if (!this.#told) this.#world.absent(`no network card: ${client.sentence}`);
    this.#told = true;
    if (client.code === failures.REFUSED || client.code === failures.NOT_FOUND) return;
    this.#later();
  }

  #later(): void {
    this.#world.after(this.#pause, () => void this.connect());
    this.#pause = Math.min(PAUSE.last, this.#pause * 2);
  }

  /** A channel that is closed from here tells nobody that it is: the driver gets another try, or the next one does. */
  #refuse(client: CardClient): void {
    if (this.#client !== client) return;
    client.close();
    this.#drop();
    this.#later();
  }

  #drop(): void {
    this.#client = undefined;
    this.pool?.close();
    this.pool = undefined;
    this.#sharing = false;
    this.#early = [];
    this.#grace?.cancel();
    this.#grace = this.#world.after(GRACE, () => {
      this.#world.log("the card's driver has not come back: the link counts as down");
      this.#change(false, this.#host.stack.wires[this.#wire]!.link.mac);
    });
  }

  #attach(client: CardClient): void {
    this.#client = client;
    this.#sharing = this.#world.share !== undefined;
    void this.#world
      .share?.(client, () => this.#refuse(client))
      .then((pool) => {
        if (this.#client !== client) return pool?.close();
        this.pool = pool;
        this.#sharing = false;
        for (const frame of this.#early.splice(0)) {
          if (pool === undefined) client.send.transmit({ frames: [frame] });
          else pool.sendFrame(frame);
        }
        pool?.flush();
      });
    client.on.frames(({ frames }) => {
      if (this.#client !== client) return;
      this.#host.actOn(this.#wire, (stack, turn) => {
        for (let index = 0; index < frames.length; index++)
          frameArrived(stack, turn, frames[index]);
      });
    });
    client.on.link(({ up, mac }) => {
      if (this.#client === client) this.#link(up, mac);
    });
    client.on.announce(() => {
      if (this.#client !== client) return;
      this.#host.actOn(this.#wire, (stack) => {
        if (stack.local.address !== 0) announceAddress(stack);
      });
    });
    client.onClosed(() => {
      if (this.#client !== client) return;
      this.#drop();
      void this.connect();
    });
  }

  /** Sends frames, or loses them where no card is there. */
  transmit(frames: Uint8Array[]): void {
    if (this.#sharing) this.#early.push(...frames.slice(0, MOST_EARLY - this.#early.length));
    else this.#client?.send.transmit({ frames });
  }

  #link(up: boolean, bytes: Uint8Array): void {
    const mac = bytes.length === 6 ? macFromBytes(bytes) : 0;
    if (!isStationMac(mac)) {
      this.#world.log("the card's driver gave no station's address: it is not used");
      if (this.#client !== undefined) this.#refuse(this.#client);
      this.#change(false, this.#host.stack.wires[this.#wire]!.link.mac);
      return;
    }
    this.#grace?.cancel();
    this.#grace = undefined;
    this.#pause = PAUSE.first;
    this.#change(up, mac);
  }

  #change(up: boolean, mac: number): void {
    const before = this.#host.stack.wires[this.#wire]!.link.up;
    this.#host.actOn(this.#wire, (stack, turn) => linkChanged(stack, turn, up, mac));
    if (before !== up) this.#world.linkChanged(up);
  }
}
