// The driver of virtio network cards: claims the first one and serves it at /dev/net0.
// Invariant: the first fault of the device ends the process; init starts it again, and `pci` resets the card in between.
import { FrameBatch } from "../../sdk/net/frame-batch.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { exit, log, onTerminating, ready } from "../../sdk/runtime/supervisor.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { claimDevice } from "../../sdk/virtio/claim.ts";
import { resetDevice } from "../../sdk/virtio/registers.ts";
import { Pci } from "../pci/contract.ts";
import { CARD_CONFIG_BYTES, CARD_MEMORY_BYTES, Card, startCard, vectors } from "./card.ts";
import { EthernetCard } from "./contract.ts";
import { type DriverFault, driverFaults } from "./driver-fault.ts";

/** Frames taken in one go, so that sending gets its turn under load. */
const FRAMES_PER_TURN = 64;

run(async () => {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  pci.onClosed(() => stop("pci has ended, and the claim with it"));
  const claimed = await claimDevice(pci, {
    class: "virtio-net",
    vectors: 2,
    configBytes: CARD_CONFIG_BYTES,
    memoryBytes: CARD_MEMORY_BYTES,
  });
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no network card: ${claimed.sentence}`, "warning");
    return exit(0);
  }
  const { parts, address } = claimed;
  const card = startCard(parts);
  if (!(card instanceof Card)) return stop(driverFaults[card]);

  const service = serve("/dev/net0", EthernetCard, {
    transmit: ({ frames }) => {
      let fault: DriverFault | undefined;
      for (let index = 0; index < frames.length && fault === undefined; index++) {
        fault = card.transmit(frames[index]);
      }
      fault ??= card.flush();
      if (fault !== undefined) stop(driverFaults[fault]);
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
    if (typeof count === "string") return stop(driverFaults[count]);
    if (count < FRAMES_PER_TURN || waiting) return;
    waiting = true;
    after(0, () => {
      waiting = false;
      receive();
    });
  };
  claimed.interrupts[vectors.RECEIVE].listen(receive);
  claimed.interrupts[vectors.CONFIG].listen(() => {
    if (card.stopped()) stop("the card has stopped by itself");
    else service.broadcast.link({ up: card.linkUp(), mac: card.mac });
  });
  onTerminating(() => {
    resetDevice(parts.common);
    exit(0);
  });
  // What arrived before the interrupt was listened to.
  receive();
  ready();
  log(`card at ${address}, link ${card.linkUp() ? "up" : "down"}`);
});

function stop(why: string): void {
  log(why, "error");
  exit(1);
}
