// The driver of Intel's 82574 network cards: claims the first one and serves it at /dev/net1 (sdk/net/serve-card.ts).
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { kept, keptWords } from "../../sdk/net/kept-card.ts";
import { serveCard, stop } from "../../sdk/net/serve-card.ts";
import { claimFunction, deviceMemories } from "../../sdk/pci/claim.ts";
import { type RunningClaim, resumeClaim } from "../../sdk/pci/kept-claim.ts";
import { type ClaimChannel, stayClaimed } from "../../sdk/pci/stay-claimed.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { orderAccesses } from "../../sdk/runtime/shared-view.ts";
import { exit, log } from "../../sdk/runtime/supervisor.ts";
import { Pci } from "../pci/contract.ts";
import { Card, type CardParts } from "./card.ts";
import { POOL_BYTES, RING_BYTES, startCard, vectors } from "./start-card.ts";

run(() => (kept.data.claim === undefined ? begin() : takeOver(kept.data.claim)));

/** Sets the card up. */
async function begin(): Promise<void> {
  const pci = await connect(Pci, "/dev/pci");
  if (pci instanceof Failure) return stop(pci.sentence);
  const claimed = await claimFunction(pci, { class: "e1000e", vectors: 2 });
  if (claimed instanceof Failure) {
    if (claimed.code !== failures.NOT_FOUND) return stop(claimed.sentence);
    log(`no network card: ${claimed.sentence}`);
    return exit(0);
  }
  const { privilege, ...rest } = claimed;
  const memories = await deviceMemories(pci, privilege, [RING_BYTES, POOL_BYTES]);
  if (memories instanceof Failure) return stop(memories.sentence);
  const claim = { ...rest, memories };
  const parts = partsOf(claim);
  if (typeof parts === "string") return stop(parts);
  const mastered = await pci.busMaster({ on: true });
  if (mastered instanceof Failure) return stop(mastered.sentence);
  const channel = stayClaimed(pci, claim.address, dmaOf(claim), stop);
  const card = startCard(parts);
  if (typeof card === "string") stop(card);
  else serve(card, claim, channel);
}

/** Goes on with the card of the code before, which runs. */
function takeOver(before: NonNullable<typeof kept.data.claim>): void {
  const claim = resumeClaim(before);
  if (claim instanceof Failure) throw new Error(claim.sentence);
  const parts = partsOf(claim);
  if (typeof parts === "string") throw new Error(parts);
  const channel = stayClaimed(claim.pci, claim.address, dmaOf(claim), stop);
  serve(new Card(parts, kept.data.mac, keptWords()), claim, channel);
}

const dmaOf = (claim: RunningClaim) => claim.memories.map(({ dma }) => dma);

function partsOf({ regions, interrupts, memories }: RunningClaim): CardParts | string {
  const registers = regions.find(({ index }) => index === 0)?.view;
  if (registers === undefined || interrupts.length < 2)
    return "the card has no registers, or fewer interrupts than it needs";
  return { registers, rings: memories[0]!, pool: memories[1]!, order: orderAccesses };
}

function serve(card: Card, claim: RunningClaim, channel: ClaimChannel): void {
  const { CHANGE: changed, RECEIVE: arrived } = vectors;
  serveCard(card, { name: "/dev/net1", claim, channel, pool: 1, changed, arrived, agreed: 0 });
}
