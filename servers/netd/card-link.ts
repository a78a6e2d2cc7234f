// The way to the network card: its driver may restart at any time, and a short absence is no lost link.
// Invariant: the stack sees the link go down only when the card says so or has been away for GRACE; meanwhile frames are lost. There
// is one channel, or one attempt to open one, or one timer for the next attempt.
import type { ClientOf } from "../../sdk/contract/client.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { EthernetCard } from "../virtio-net/contract.ts";
import { linkChanged } from "./link.ts";
import { isStationMac, macFromBytes } from "./mac-address.ts";
import { frameArrived } from "./receive.ts";
import type { StackHost } from "./stack-host.ts";

/** The card's driver as its client. */
export type CardClient = Pick<
  ClientOf<typeof EthernetCard.methods>,
  "on" | "send" | "onClosed" | "close"
>;

/** What the link needs of the runtime. */
export interface CardWorld {
  /** Opens a channel to the card's driver. */
  connect(): Promise<CardClient | Failure>;
  /** Runs `f` after a span in nanoseconds. */
  after(span: number, f: () => void): { cancel(): void };
  log(text: string): void;
  /** The link went up or down, as the stack sees it. */
  linkChanged(up: boolean): void;
}

/** A driver that restarts is back within this time, in nanoseconds. */
export const GRACE = 10_000_000_000;
/** Pauses between attempts to open a channel, in nanoseconds, doubled each time: a machine without a card is left in peace. */
export const PAUSE = { first: 250_000_000, last: 30_000_000_000 } as const;

/** Frames and link state between the card and the stack. */
export class CardLink {
  readonly #host: StackHost;
  readonly #world: CardWorld;
  #client: CardClient | undefined;
  #grace: { cancel(): void } | undefined;
  #pause: number = PAUSE.first;
  #told = false;

  constructor(host: StackHost, world: CardWorld) {
    this.#host = host;
    this.#world = world;
  }

  /** Opens a channel, and another one whenever it has closed. Call it once. */
  async connect(): Promise<void> {
    const client = await this.#world.connect();
    if (!(client instanceof Failure)) {
      this.#pause = PAUSE.first;
      this.#told = false;
      this.#attach(client);
      return;
    }
    if (!this.#told) this.#world.log(`no network card: ${client.sentence}`);
    this.#told = true;
    if (client.code === failures.REFUSED || client.code === failures.NOT_FOUND) return;
    this.#world.after(this.#pause, () => void this.connect());
    this.#pause = Math.min(PAUSE.last, this.#pause * 2);
  }

  #attach(client: CardClient): void {
    this.#client = client;
    client.on.frames(({ frames }) => {
      if (this.#client !== client) return;
      this.#host.act((stack, turn) => {
        for (let index = 0; index < frames.length; index++)
          frameArrived(stack, turn, frames[index]);
      });
    });
    client.on.link(({ up, mac }) => {
      if (this.#client === client) this.#link(up, mac);
    });
    client.onClosed(() => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#grace?.cancel();
      this.#grace = this.#world.after(GRACE, () => {
        this.#world.log("the card's driver has not come back: the link counts as down");
        this.#change(false, this.#host.stack.link.mac);
      });
      void this.connect();
    });
  }

  /** Sends frames, or loses them where no card is there. */
  transmit(frames: Uint8Array[]): void {
    this.#client?.send.transmit({ frames });
  }

  #link(up: boolean, bytes: Uint8Array): void {
    this.#grace?.cancel();
    this.#grace = undefined;
    const mac = bytes.length === 6 ? macFromBytes(bytes) : 0;
    if (!isStationMac(mac)) {
      this.#world.log("the card's driver gave no station's address: it is not used");
      this.#client?.close();
      this.#client = undefined;
      this.#change(false, this.#host.stack.link.mac);
      return;
    }
    this.#change(up, mac);
  }

  #change(up: boolean, mac: number): void {
    const before = this.#host.stack.link.up;
    this.#host.act((stack, turn) => linkChanged(stack, turn, up, mac));
    if (before !== up) this.#world.linkChanged(up);
  }
}
