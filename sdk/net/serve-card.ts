// What every driver of an Ethernet card does: claims the card from `pci`, serves it, moves frames in batches, ends when it lies.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` brings the card to rest in between.
import { EthernetCard } from "../../servers/virtio-net/contract.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import { serve } from "../runtime/serve.ts";
import { exit, log, onTerminating, ready } from "../runtime/supervisor.ts";
import { after } from "../runtime/timers.ts";
import { FrameBatch } from "./frame-batch.ts";

/** A running card. Faults are sentences. */
export interface RunningCard {
  readonly mac: Uint8Array;
  readonly counters: { received: number; sent: number; refused: number; dropped: number };
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
): void {
  const service = serve(name, EthernetCard, {
    transmit: ({ frames }) => {
      let fault: string | undefined;
      for (let index = 0; index < frames.length && fault === undefined; index++) {
        fault = card.transmit(frames[index]!);
      }
      fault ??= card.flush();
      if (fault !== undefined) stop(fault);
    },
    counters: () => card.counters,
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
  arrived.listen(receive);
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
