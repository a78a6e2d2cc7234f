// The server of the PCI bus: finds the functions once, hands each driver its own, and takes it back when the driver is gone.
// Invariant: a function whose owner has gone is at rest before anybody else can claim it.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import { tellUse } from "../../sdk/runtime/audit.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
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
  if (space !== undefined) restLeftovers(space.space, claims);

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
      const made = peer.closed
        ? refuse(failures.UNAVAILABLE, "the driver has gone meanwhile")
        : handles(bus, chosen, privileges, request.vectors);
      if (made instanceof Failure) {
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
    busMaster: ({ on }, peer) => {
      if (peer.session === undefined)
        return refuse(failures.INVALID, "this channel has claimed no device");
      setBusMaster((space as { space: ConfigSpace }).space, peer.session.bdf, on);
      return {};
    },
    closed: (peer) => {
      if (peer.session !== undefined && space !== undefined)
        void takeBack(space.space, peer, claims, privileges);
    },
  });
  ready();
  log(
    space === undefined
      ? "this machine has no PCI configuration space"
      : `${functions.length} functions`,
  );
});

/** What an earlier instance of this server, or the firmware, has left running is at rest before it can be claimed. */
function restLeftovers(space: ConfigSpace, claims: Claims): void {
  for (const each of claims.functions) {
    if (!isClaimable(each) || !mastersBus(space, each.bdf)) continue;
    setBusMaster(space, each.bdf, false);
    claims.resting[each.bdf] = rest(space, each);
  }
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
  privileges: BusPrivileges,
): Promise<void> {
  const each = peer.session as PciFunction;
  const { bdf } = each;
  setBusMaster(space, bdf, false);
  claims.owners[bdf] = undefined;
  const resting = rest(space, each);
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
