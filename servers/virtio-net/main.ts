// The driver of virtio network cards: claims the first one and serves it at /dev/net0 (sdk/net/serve-card.ts).
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { kept, keptWords } from "../../sdk/net/kept-card.ts";
import { type Served, serveCard, stop } from "../../sdk/net/serve-card.ts";
import { resumeClaim } from "../../sdk/pci/kept-claim.ts";
import { type ClaimChannel, stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { orderAccesses } from "../../sdk/runtime/shared-view.ts";
import { exit, log } from "../../sdk/runtime/supervisor.ts";
import { type ClaimedDevice, claimDevice, resumeDevice } from "../../sdk/virtio/claim.ts";
import { Pci } from "../pci/contract.ts";
import { Card } from "./card.ts";
import { CardThread } from "./card-thread.ts";
import { type DriverFault, driverFaults } from "./driver-fault.ts";
import { mappedWords } from "./queue-state.ts";
import {
  CARD_CONFIG_BYTES,
  CARD_MEMORY_BYTES,
  CARD_POOL_BYTES,
  resumeCard,
  startCard,
  vectors,
} from "./start-card.ts";

const WANTED = {
  class: "virtio-net",
  vectors: 2,
  configBytes: CARD_CONFIG_BYTES,
  memoryBytes: CARD_MEMORY_BYTES,
  poolBytes: CARD_POOL_BYTES,
};

run(() => (kept.data.claim === undefined ? begin() : takeOver(kept.data.claim)));

/** Sets the card up. */
async function begin(): Promise<void> {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimDevice(pci, WANTED);
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no network card: ${claimed.sentence}`, "warning");
    return exit(0);
  }
  const { address, memories } = claimed.claim;
  const channel = stayClaimed(pci, address, dmaOf(memories), stop);
  serve(startCard(claimed.parts, orderAccesses, mappedWords), claimed, channel);
}

/** Goes on with the card of the code before, which runs. */
function takeOver(claim: NonNullable<typeof kept.data.claim>): void {
  const resumed = resumeClaim(claim);
  if (resumed instanceof Failure) throw new Error(resumed.sentence);
  const device = resumeDevice(resumed, WANTED);
  if (device instanceof Failure) throw new Error(device.sentence);
  const { agreed, mac, commands } = kept.data;
  const words = keptWords();
  const card = resumeCard(device.parts, agreed, mac, words, commands, orderAccesses, mappedWords);
  const channel = stayClaimed(resumed.pci, resumed.address, dmaOf(resumed.memories), stop);
  serve(card, device, channel);
}

const dmaOf = (memories: ClaimedDevice["claim"]["memories"]) => memories.map(({ dma }) => dma);

function serve(card: Card | DriverFault, { claim }: ClaimedDevice, channel: ClaimChannel): void {
  const { CONFIG: changed, RECEIVE: arrived } = vectors;
  if (!(card instanceof Card)) stop(driverFaults[card]);
  else {
    const { agreed } = card;
    const makePool: Served["makePool"] = (buffers, interrupt) =>
      new CardThread(card, buffers, interrupt, stop);
    const served = { name: "/dev/net0", claim, channel, pool: 1, changed, arrived, agreed };
    serveCard(card, { ...served, makePool });
  }
}
