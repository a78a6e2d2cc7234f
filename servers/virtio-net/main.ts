// The driver of virtio network cards: claims the first one and serves it at /dev/net0 (sdk/net/serve-card.ts).
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { serveCard, stop } from "../../sdk/net/serve-card.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log } from "../../sdk/runtime/supervisor.ts";
import { claimDevice } from "../../sdk/virtio/claim.ts";
import { resetDevice } from "../../sdk/virtio/registers.ts";
import { Pci } from "../pci/contract.ts";
import { CARD_CONFIG_BYTES, CARD_MEMORY_BYTES, Card, startCard, vectors } from "./card.ts";
import { type DriverFault, driverFaults } from "./driver-fault.ts";

const sentence = (fault: DriverFault | undefined) =>
  fault === undefined ? undefined : driverFaults[fault];

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
  const { parts, address, interrupts } = claimed;
  const card = startCard(parts);
  if (!(card instanceof Card)) return stop(driverFaults[card]);
  const running = {
    mac: card.mac,
    counters: card.counters,
    linkUp: () => card.linkUp(),
    receive: (limit: number, deliver: (frame: Uint8Array) => void) => {
      const count = card.receive(limit, deliver);
      return typeof count === "number" ? count : driverFaults[count];
    },
    transmit: (frame: Uint8Array) => sentence(card.transmit(frame)),
    flush: () => sentence(card.flush()),
    stopped: () => (card.stopped() ? "the card has stopped by itself" : undefined),
    reset: () => void resetDevice(parts.common),
  };
  serveCard("/dev/net0", address, running, interrupts[vectors.CONFIG], interrupts[vectors.RECEIVE]);
});
