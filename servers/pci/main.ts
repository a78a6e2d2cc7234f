// The server of the PCI bus: finds the functions once, hands each driver its own, and takes it back when the driver is gone.
// Invariant: a function whose owner has gone is at rest before anybody else can claim it.
import { interruptSources } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { refusals } from "../../sdk/contract/refusals.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import { tellUse } from "../../sdk/runtime/audit.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { createInterrupt } from "../../sdk/runtime/privileges.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { allowedClasses, type Claims, choose } from "./claims.ts";
import { type ConfigSpace, ecam, formatBdf } from "./config-space.ts";
import { Pci } from "./contract.ts";
import { type BusPrivileges, freeDma, handles, mastersBus, rest, setBusMaster } from "./device.ts";
import { isClaimable } from "./device-class.ts";
import { enumerate, type PciFunction } from "./enumerate.ts";
import { FaultLog } from "./iommu/faults.ts";
import type { Iommu } from "./iommu/iommu.ts";
import { openIommu } from "./iommu/open.ts";
import { Reach } from "./iommu/reach.ts";
import { quiet } from "./reset.ts";

/** Functions in one answer. */
const PAGE = 60;
/** When a driver's memory is looked for after its end, and how often. */
const LOOK = 20e6;
const LOOKS = 5;

type Owner = Peer<typeof Pci.methods, PciFunction>;

run((start) => {
  const space = openSpace(start.grants["device:pci-host/ecam"] ?? 0, start.options["buses"] ?? "");
  const privileges: BusPrivileges = {
    memory: start.grants["device:pci-host/memory"] ?? 0,
    interrupts: start.grants["device:pci-host/interrupts"] ?? 0,
    dma: start.grants["device:pci-host/dma"] ?? 0,
  };
  const functions = space === undefined ? [] : enumerate(space.space, space.first, space.last);
  const claims: Claims = {
    functions,
    allowed: allowedClasses(start.options),
    owners: {},
    resting: {},
  };
  const leftovers = space === undefined ? [] : silenceLeftovers(space.space, claims);
  const iommu =
    space === undefined
      ? undefined
      : openIommu(Number(start.options["rsdp"] ?? 0), space.space, privileges, warn);
  for (const each of leftovers)
    claims.resting[each.bdf] = rest((space as { space: ConfigSpace }).space, each);
  const reach = new Reach(iommu);
  const faults = iommu === undefined ? undefined : watchFaults(iommu, claims, privileges);

  serve<typeof Pci.methods, PciFunction>("/dev/pci", Pci, {
    functions: ({ from }) => ({
      functions: functions.slice(from, from + PAGE).map((each) => ({
        address: formatBdf(each.bdf),
        vendor: each.vendor,
        device: each.device,
        class: each.class,
        revision: each.revision,
        owner: claims.owners[each.bdf] ?? "",
      })),
    }),
    claim: async (request, peer) => {
      if (peer.session !== undefined)
        return refuse(
          failures.INVALID,
          `this channel has ${formatBdf(peer.session.bdf)} already; open another one`,
        );
      const chosen = choose(claims, peer.name, request.class);
      if (!(chosen instanceof Failure) || chosen.code !== failures.REFUSED)
        tellUse(peer.name, `device:${request.class}`);
      if (chosen instanceof Failure) return chosen;
      const bus = (space as { space: ConfigSpace }).space;
      claims.owners[chosen.bdf] = peer.name;
      peer.session = chosen;
      await claims.resting[chosen.bdf];
      quiet(bus, chosen.bdf);
      freeDma(chosen, privileges);
      faults?.forget(chosen.bdf);
      const made = peer.closed
        ? refuse(failures.UNAVAILABLE, "the driver has gone meanwhile")
        : (reach.begin(chosen.bdf) ?? handles(bus, chosen, privileges, request.vectors));
      if (made instanceof Failure) {
        reach.stop(chosen.bdf, warn);
        reach.drop(chosen.bdf);
        claims.owners[chosen.bdf] = undefined;
        peer.session = undefined;
        return made;
      }
      return {
        address: formatBdf(chosen.bdf),
        vendor: chosen.vendor,
        device: chosen.device,
        revision: chosen.revision,
        config: configCopy(bus, chosen.bdf),
        ...made,
      };
    },
    reach: ({ memory }, peer) => {
      if (peer.session !== undefined) return reach.share(peer.session.bdf, memory);
      closeHandle(memory);
      return refuse(failures.INVALID, "this channel has claimed no device");
    },
    busMaster: ({ on }, peer) => {
      if (peer.session === undefined)
        return refuse(failures.INVALID, "this channel has claimed no device");
      setBusMaster((space as { space: ConfigSpace }).space, peer.session.bdf, on);
      return {};
    },
    closed: (peer) => {
      if (peer.session !== undefined && space !== undefined)
        void takeBack(space.space, peer, claims, reach, privileges);
    },
  });
  ready();
  log(
    space === undefined
      ? "this machine has no PCI configuration space"
      : `${functions.length} functions, ${
          iommu === undefined
            ? "no IOMMU: a device reaches all memory"
            : "each device reaches its own driver's memory alone"
        }`,
  );
});

const warn = (line: string) => log(line, "warning");

/** What an earlier instance of this server, or the firmware, has left running can't reach memory any more; it needs a rest. */
function silenceLeftovers(space: ConfigSpace, claims: Claims): PciFunction[] {
  const found = claims.functions.filter((each) => isClaimable(each) && mastersBus(space, each.bdf));
  for (const each of found) setBusMaster(space, each.bdf, false);
  return found;
}

/** Each fault of the IOMMU becomes a line in the log, and an entry of the audit where a driver has the device. */
function watchFaults(iommu: Iommu, claims: Claims, privileges: BusPrivileges): FaultLog {
  const told = new FaultLog({
    owner: (bdf) => claims.owners[bdf],
    hush: (bdf) => iommu.hush(bdf),
    log: warn,
    refused: (who, failure) => refusals.heard?.({ who, what: "dma", failure }),
  });
  const interrupt = createInterrupt(privileges.interrupts, interruptSources.MSI);
  const message = interrupt instanceof Failure ? undefined : interrupt.message();
  if (interrupt instanceof Failure || message === undefined) {
    warn("faults of the IOMMU are not told: there is no interrupt for them");
    return told;
  }
  interrupt.listen(() => told.tell(iommu.faults()));
  iommu.tellFaults(message);
  return told;
}

function openSpace(
  handle: number,
  buses: string,
): { space: ConfigSpace; first: number; last: number } | undefined {
  if (handle === 0) return undefined;
  const [first = 0, last = 0] = buses.split(" ").map(Number);
  const view = new Memory(handle).map();
  if (view instanceof Failure) {
    log(`configuration space: ${view.sentence}`, "error");
    return undefined;
  }
  return { space: ecam(view, first, last), first, last };
}

function configCopy(space: ConfigSpace, bdf: number): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset < 256; offset += 4)
    view.setUint32(offset, space.read32(bdf, offset), true);
  return bytes;
}

/** The driver is gone: its device comes to rest at once; its memory is freed when the nucleus has torn the driver down. */
async function takeBack(
  space: ConfigSpace,
  peer: Owner,
  claims: Claims,
  reach: Reach,
  privileges: BusPrivileges,
): Promise<void> {
  const each = peer.session as PciFunction;
  const { bdf } = each;
  setBusMaster(space, bdf, false);
  reach.stop(bdf, warn);
  claims.owners[bdf] = undefined;
  const resting = rest(space, each).then(() => reach.drop(bdf));
  claims.resting[bdf] = resting;
  await resting;
  claims.resting[bdf] = undefined;
  let freed = 0;
  // Not under the next driver: what is in quarantine then is freed with that driver's own claim or end.
  for (let look = 0; look < LOOKS && claims.owners[bdf] === undefined; look += 1) {
    freed += freeDma(each, privileges);
    await sleep(LOOK);
  }
  log(`${formatBdf(bdf)} is back from ${peer.name}, ${freed} frames freed`);
}
