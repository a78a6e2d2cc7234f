// The driver of Intel's 82574 network cards: claims the first one and serves it at /dev/net1 (sdk/net/serve-card.ts).
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { serveCard, stop } from "../../sdk/net/serve-card.ts";
import { claimFunction, deviceMemory } from "../../sdk/pci/claim.ts";
import { stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log } from "../../sdk/runtime/supervisor.ts";
import { Pci } from "../pci/contract.ts";
import { CARD_MEMORY_BYTES, startCard, vectors } from "./card.ts";

run(async () => {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimFunction(pci, { class: "e1000e", vectors: 2 });
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no network card: ${claimed.sentence}`);
    return exit(0);
  }
  const { address, regions, interrupts, privilege } = claimed;
  const registers = regions.find(({ index }) => index === 0)?.view;
  const [changed, arrived] = [interrupts[vectors.CHANGE], interrupts[vectors.RECEIVE]];
  if (registers === undefined || changed === undefined || arrived === undefined)
    return stop("the card has no registers, or fewer interrupts than it needs");
  const shared = await deviceMemory(pci, privilege, CARD_MEMORY_BYTES);
  if (shared instanceof Failure) return stop(shared.sentence);
  const mastered = await pci.busMaster({ on: true });
  if (mastered instanceof Failure) return stop(mastered.sentence);
  stayClaimed(pci, address, [shared.dma], stop);
  const card = startCard({ registers, memory: shared.memory, busAddress: shared.busAddress });
  if (typeof card === "string") return stop(card);
  serveCard("/dev/net1", address, card, changed, arrived);
});
