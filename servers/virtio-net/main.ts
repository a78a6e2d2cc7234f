// The driver of virtio network cards: claims the first one and serves it at /dev/net0 (sdk/net/serve-card.ts).
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { PoolFrames } from "../../sdk/net/pool-frames.ts";
import { serveCard, stop } from "../../sdk/net/serve-card.ts";
import { SharedPool } from "../../sdk/net/shared-pool.ts";
import { stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { orderAccesses } from "../../sdk/runtime/shared-view.ts";
import { exit, log } from "../../sdk/runtime/supervisor.ts";
import { claimDevice } from "../../sdk/virtio/claim.ts";
import { resetDevice } from "../../sdk/virtio/registers.ts";
import { Pci } from "../pci/contract.ts";
import { Card } from "./card.ts";
import { driverFaults } from "./driver-fault.ts";
import {
  CARD_CONFIG_BYTES,
  CARD_MEMORY_BYTES,
  CARD_POOL_BYTES,
  startCard,
  vectors,
} from "./start-card.ts";

run(async () => {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimDevice(pci, {
    class: "virtio-net",
    vectors: 2,
    configBytes: CARD_CONFIG_BYTES,
    memoryBytes: CARD_MEMORY_BYTES,
    poolBytes: CARD_POOL_BYTES,
  });
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no network card: ${claimed.sentence}`, "warning");
    return exit(0);
  }
  const { parts, address, dma, interrupts, poolMemory } = claimed;
  const memories = poolMemory === undefined ? [dma] : [dma, poolMemory];
  stayClaimed(pci, address, memories, stop);
  const card = startCard(parts, orderAccesses);
  if (!(card instanceof Card)) return stop(driverFaults[card]);
  const frames = new PoolFrames(card, parts.pool!.memory);
  const running = {
    mac: card.mac,
    counters: () => {
      const { received, sent, refused } = card.counters;
      return { received, sent, refused: refused + frames.refused, dropped: frames.dropped };
    },
    linkUp: () => card.linkUp(),
    receive: (limit: number, deliver: (frame: Uint8Array) => void) =>
      frames.receive(limit, deliver),
    transmit: (frame: Uint8Array) => frames.transmit(frame),
    flush: () => frames.flush(),
    stopped: () => (card.stopped() ? "the card has stopped by itself" : undefined),
    reset: () => void resetDevice(parts.common),
  };
  const pool = poolMemory === undefined ? undefined : new SharedPool(card, poolMemory, stop);
  serveCard(
    "/dev/net0",
    address,
    running,
    interrupts[vectors.CONFIG]!,
    interrupts[vectors.RECEIVE]!,
    pool,
  );
});
