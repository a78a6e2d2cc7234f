// The card as `pci` hands it out: claimed, mapped, allowed to reach its own memory.
//
// Invariant: what is returned lies inside the regions that were handed out; the claim lasts as long as
// the channel to `pci`, and this process ends with it.

import type { ClientOf } from "../../sdk/contract/client.ts";
import type { Reply } from "../../sdk/contract/contract.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { createDma } from "../../sdk/runtime/privileges.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import type { Pci } from "../pci/contract.ts";
import { CARD_MEMORY_BYTES, type CardParts, vectors } from "./card.ts";
import { type DriverFault, driverFaults } from "./driver-fault.ts";
import { MemoryWindow } from "./memory-window.ts";
import { type Place, parseStructures } from "./structures.ts";

/** A claimed card. */
export interface ClaimedCard {
  readonly address: string;
  readonly parts: CardParts;
  /** What the device may reach; its handle lives as long as the card. */
  readonly dma: Memory;
  readonly configInterrupt: Interrupt;
  readonly receiveInterrupt: Interrupt;
}

type Claim = Reply<(typeof Pci.methods)["claim"]>;

/** An earlier instance of this server may still own the card for a moment. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_NS = 50_000_000;
const PAGE = 4096;

/** Claims the first virtio network card; NOT_FOUND when the machine has none. */
export async function claimCard(pci: ClientOf<typeof Pci.methods>): Promise<ClaimedCard | Failure> {
  let claim = await pci.claim({ class: "virtio-net", vectors: 2 });
  for (let tries = 0; claim instanceof Failure && claim.code === failures.BUSY; tries++) {
    if (tries === BUSY_TRIES) break;
    await sleep(BUSY_PAUSE_NS);
    claim = await pci.claim({ class: "virtio-net", vectors: 2 });
  }
  if (claim instanceof Failure) return claim;
  const card = mapCard(claim);
  if (card instanceof Failure) return card;
  const mastered = await pci.busMaster({ on: true });
  return mastered instanceof Failure ? mastered : card;
}

function mapCard(claim: Claim): ClaimedCard | Failure {
  const interrupts = claim.interrupts.map((each) => new Interrupt(each.interrupt));
  if (interrupts.length <= vectors.RECEIVE) return fault("virtio.vector");
  const structures = parseStructures(claim.config);
  if (typeof structures === "string") return fault(structures);
  const regions: { index: number; bytes: number; view: SharedView }[] = [];
  for (const bar of claim.bars) {
    const memory = new Memory(bar.memory);
    const view = memory.map();
    memory.close();
    if (view instanceof Failure) return view;
    regions.push({ index: bar.index, bytes: bar.bytes, view });
  }
  /** A region smaller than a page begins somewhere inside the mapping; no such card is known. */
  const window = (place: Place): MemoryWindow | undefined => {
    const region = regions.find((each) => each.index === place.bar);
    if (region === undefined || region.bytes < PAGE) return undefined;
    if (place.offset + place.length > region.bytes) return undefined;
    return new MemoryWindow(region.view, place.offset, place.length);
  };
  const common = window(structures.common);
  const notify = window(structures.notify);
  const config = window(structures.device);
  if (common === undefined || notify === undefined || config === undefined) {
    return fault("virtio.region");
  }
  const dma = createDma(claim.dma, CARD_MEMORY_BYTES);
  closeHandle(claim.dma);
  if (dma instanceof Failure) return dma;
  const memory = dma.map();
  if (memory instanceof Failure) return memory;
  return {
    address: claim.address,
    parts: {
      common,
      notify,
      notifyMultiplier: structures.notifyMultiplier,
      config,
      memory,
      busAddress: dma.busAddress(),
    },
    dma,
    configInterrupt: interrupts[vectors.CONFIG],
    receiveInterrupt: interrupts[vectors.RECEIVE],
  };
}

function fault(code: DriverFault): Failure {
  return refuse(failures.UNAVAILABLE, driverFaults[code]);
}
