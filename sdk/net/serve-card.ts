// What every driver of an Ethernet card does: claims the card from `pci`, serves it, moves frames in batches, ends when it lies.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` brings the card to rest in between.
import { EthernetCard } from "../../servers/virtio-net/contract.ts";
import type { Reply } from "../contract/contract.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import type { Peer } from "../contract/server.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import { serve } from "../runtime/serve.ts";
import { exit, log, onTerminating, ready } from "../runtime/supervisor.ts";
import { after } from "../runtime/timers.ts";
import { FrameBatch } from "./frame-batch.ts";

/** A running card. Faults are sentences. */
export interface RunningCard {
  readonly mac: Uint8Array;
  counters(): { received: number; sent: number; refused: number; dropped: number };
  linkUp(): boolean;
  /** Hands out at most `limit` frames that have arrived; how many buffers were looked at, or a fault. */
  receive(limit: number, deliver: (frame: Uint8Array) => void): number | string;
  transmit(frame: Uint8Array): string | undefined;
  flush(): string | undefined;
  /** Why it can't go on, asked when its state has changed. */
  stopped(): string | undefined;
  /** Brings it to rest. */
  reset(): void;
}

type Client = Peer<typeof EthernetCard.methods>;

/** The buffers of a card that can give them to a client (EthernetCard.share). */
export interface CardPool {
  /** a client has them, and gets all frames */
  readonly used: boolean;
  share(peer: Client): Reply<(typeof EthernetCard.methods)["share"]> | Failure;
  closed(peer: Client): void;
  post(peer: Client, taken: number, packets: Uint8Array): void;
  deliver(): void;
}

/** Frames taken in one go, so that sending gets its turn under load. */
const FRAMES_PER_TURN = 64;

/** Ends the driver. */
export function stop(why: string): void {
  log(why, "error");
  exit(1);
}

/** Serves a card under a name of the manifest; `changed` and `arrived` are its interrupts. */
export function serveCard(
  name: string,
  address: string,
  card: RunningCard,
  changed: Interrupt,
  arrived: Interrupt,
  pool?: CardPool,
): void {
  const service = serve(name, EthernetCard, {
    transmit: ({ frames }) => {
      // The slots are the client's that has the pool.
      if (pool?.used === true) return;
      let fault: string | undefined;
      for (let index = 0; index < frames.length && fault === undefined; index++) {
        fault = card.transmit(frames[index]!);
      }
      fault ??= card.flush();
      if (fault !== undefined) stop(fault);
    },
    counters: () => card.counters(),
    share: (_request, peer) => {
      if (pool === undefined) return refuse(failures.UNAVAILABLE, "this card shares no buffers");
      const shared = pool.share(peer);
      if (!(shared instanceof Failure)) after(0, () => pool.deliver());
      return shared;
    },
    post: ({ taken, packets }, peer) => {
      if (pool === undefined) peer.close();
      else pool.post(peer, taken, packets);
    },
    closed: (peer) => pool?.closed(peer),
    opened: (peer) => void peer.send.link({ up: card.linkUp(), mac: card.mac }),
  });
  const received = new FrameBatch((frames) => service.broadcast.frames({ frames }));
  const deliver = (frame: Uint8Array) => received.add(frame);
  // One visit waits at most: interrupts that come meanwhile must not add others, or a flood would fill ever longer turns.
  let waiting = false;
  const receive = () => {
    const count = card.receive(FRAMES_PER_TURN, deliver);
    received.flush();
    if (typeof count === "string") return stop(count);
    if (count < FRAMES_PER_TURN || waiting) return;
    waiting = true;
    after(0, () => {
      waiting = false;
      receive();
    });
  };
  arrived.listen(() => (pool?.used === true ? pool.deliver() : receive()));
  changed.listen(() => {
    const why = card.stopped();
    if (why !== undefined) stop(why);
    else service.broadcast.link({ up: card.linkUp(), mac: card.mac });
  });
  onTerminating(() => {
    card.reset();
    exit(0);
  });
  // What arrived before the interrupt was listened to.
  receive();
  ready();
  log(`card at ${address}, link ${card.linkUp() ? "up" : "down"}`);
}
