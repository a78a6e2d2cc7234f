// What every driver of an Ethernet card does: serves it, moves frames in batches, hands it over to new code, ends when it lies.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` brings the card to rest in between.
import { EthernetCard } from "../../servers/virtio-net/contract.ts";
import { Failure } from "../contract/failure.ts";
import type { Service } from "../contract/server.ts";
import { busyWith, dispose, onceKept } from "../hot/accept.ts";
import { type RunningClaim, saveClaim } from "../pci/kept-claim.ts";
import type { DeviceMemory } from "../pci/claim.ts";
import type { ClaimChannel } from "../pci/stay-claimed.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import { serve } from "../runtime/serve.ts";
import { exit, log, onTerminating, ready } from "../runtime/supervisor.ts";
import { after } from "../runtime/timers.ts";
import { FrameBatch } from "./frame-batch.ts";
import { type CardSession, cardSession, kept } from "./kept-card.ts";
import type { PoolCard } from "./pool-card.ts";
import { PoolFrames } from "./pool-frames.ts";
import { type CardPool, SharedPool } from "./shared-pool.ts";

/** A running card. Faults are sentences. */
export interface ServedCard extends PoolCard {
  readonly mac: Uint8Array;
  readonly counters: { readonly received: number; readonly sent: number; readonly refused: number };
  /** What its kernel works on. */
  readonly state: Uint32Array;
  linkUp(): boolean;
  /** The interrupt of frames has come. */
  interrupted?(): void;
  /** Where it takes commands: they may go out; answers may have come; how many there were, for new code; why that is not known now. */
  command?(world: CommandWorld): void;
  heard?(): void;
  readonly commandsGiven?: number | undefined;
  busy?(): string | undefined;
  /** Whether its clients are to tell the wire where they are; asked when its state has changed. */
  wantsAnnouncement?(): boolean;
  /** Why it can't go on, asked when its state has changed. */
  stopped(): string | undefined;
  /** Brings it to rest. */
  reset(): void;
}

/** What commands need of the runtime. */
export interface CommandWorld {
  after(span: number, f: () => void): void;
  log(text: string): void;
}

/** Frames taken in one go, so that sending gets its turn under load. */
const FRAMES_PER_TURN = 64;

/** Ends the driver. */
export function stop(why: string): void {
  log(why, "error");
  exit(1);
}

/** What belongs to a card that is served. */
export interface Served {
  /** of the manifest */
  readonly name: string;
  readonly claim: RunningClaim;
  readonly channel: ClaimChannel;
  /** which of the claim's memories has the buffers */
  readonly pool: number;
  /** which of its interrupts tells of changes, and which of frames */
  readonly changed: number;
  readonly arrived: number;
  /** the driver's note for new code */
  readonly agreed: number;
  /** makes what moves the buffers, where that is no code of this loop */
  readonly makePool?: (buffers: DeviceMemory, arrived: Interrupt) => CardPool;
}

/** Serves a card; in a swap as the code before did. */
export function serveCard(card: ServedCard, served: Served): void {
  const { claim } = served;
  const buffers = claim.memories[served.pool]!;
  const interrupt = claim.interrupts[served.arrived]!;
  const pool: CardPool =
    served.makePool?.(buffers, interrupt) ?? new SharedPool(card, buffers.dma, stop);
  const frames = new PoolFrames(card, buffers.memory);
  frames.refused = kept.data.refused;
  frames.dropped = kept.data.dropped;
  const swapped = kept.data.claim !== undefined;
  const service: Service<typeof EthernetCard.methods, CardSession> = serve(
    served.name,
    EthernetCard,
    {
      transmit: (sent) => {
        // The slots are the client's that has the pool.
        if (pool.used) return;
        let fault: string | undefined;
        for (let index = 0; index < sent.frames.length && fault === undefined; index++) {
          fault = frames.transmit(sent.frames[index]!);
        }
        fault ??= frames.flush();
        if (fault !== undefined) stop(fault);
      },
      counters: () => {
        const { received, sent, refused } = card.counters;
        return { received, sent, refused: refused + frames.refused, dropped: frames.dropped };
      },
      share: async (_request, peer) => {
        const shared = await pool.share(peer);
        if (shared instanceof Failure) return shared;
        peer.session = pool.save(peer);
        after(0, () => pool.deliver());
        return shared;
      },
      post: ({ taken, packets }, peer) => pool.post(peer, taken, packets),
      closed: (peer) => pool.closed(peer),
      opened: (peer) => void peer.send.link({ up: card.linkUp(), mac: card.mac }),
    },
    {
      session: {
        schema: cardSession,
        save: (_session, peer) => pool.save(peer),
        load: (session: CardSession, peer) => {
          pool.load(peer, session);
          return session;
        },
      },
    },
  );
  const received = new FrameBatch((batch) => service.broadcast.frames({ frames: batch }));
  const deliver = (frame: Uint8Array) => received.add(frame);
  // One visit waits at most: interrupts that come meanwhile must not add others, or a flood would fill ever longer turns.
  let waiting = false;
  const receive = () => {
    const count = frames.receive(FRAMES_PER_TURN, deliver);
    received.flush();
    if (typeof count === "string") return stop(count);
    if (count < FRAMES_PER_TURN || waiting) return;
    waiting = true;
    after(0, () => {
      waiting = false;
      look();
    });
  };
  const look = () => (pool.used ? pool.deliver() : receive());
  interrupt.listen(() => {
    card.interrupted?.();
    look();
  });
  let told = swapped ? undefined : card.linkUp();
  const changed = () => {
    const why = card.stopped();
    if (why !== undefined) return stop(why);
    card.heard?.();
    const up = card.linkUp();
    if (up !== told) service.broadcast.link({ up, mac: card.mac });
    told = up;
    if (card.wantsAnnouncement?.() === true) service.broadcast.announce({});
  };
  claim.interrupts[served.changed]!.listen(changed);
  dispose(() => {
    const { state, mac } = card;
    kept.data = {
      claim: saveClaim(claim, served.channel),
      mac,
      words: new Uint8Array(state.buffer, state.byteOffset, state.byteLength).slice(),
      agreed: served.agreed,
      ...(card.commandsGiven === undefined ? {} : { commands: card.commandsGiven }),
      refused: frames.refused,
      dropped: frames.dropped,
    };
  });
  busyWith(() => card.busy?.());
  onTerminating(() => {
    card.reset();
    exit(0);
  });
  // What arrived before the interrupt was listened to; and in a swap, what the code before was not told of.
  onceKept(() => {
    card.command?.({
      after: (span, f) => void after(span, f),
      log: (text) => log(text, "warning"),
    });
    if (swapped) changed();
    look();
  });
  ready();
  if (!swapped) log(`card at ${claim.address}, link ${card.linkUp() ? "up" : "down"}`);
}
