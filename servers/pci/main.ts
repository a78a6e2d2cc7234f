// The server of the PCI bus: finds the functions, hands each driver its own, and takes it back when the driver is gone. Its own end, and
// its swap, leave drivers and devices as they are: what it must know of claims is kept (kept.ts).
// Invariant: a function whose owner has gone is at rest before anybody else can claim it.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { dispose, onceKept } from "../../sdk/hot/accept.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { tellUse } from "../../sdk/runtime/audit.ts";
import { u16 } from "../../sdk/contract/field.ts";
import { Bus } from "./bus.ts";
import { choose } from "./claims.ts";
import { formatBdf } from "./config-space.ts";
import { Pci } from "./contract.ts";
import { freeDma, handles, setBusMaster } from "./device.ts";
import type { PciFunction } from "./enumerate.ts";
import { openSpace } from "./open-space.ts";
import { closeAll } from "./iommu/reach.ts";
import { quiet } from "./reset.ts";

/** Functions in one answer. */
const PAGE = 60;

run((start) => {
  const { space, first, last } = openSpace(
    start.grants["device:pci-host/ecam"] ?? 0,
    start.options["buses"] ?? "",
  );
  const privileges = {
    memory: start.grants["device:pci-host/memory"] ?? 0,
    interrupts: start.grants["device:pci-host/interrupts"] ?? 0,
    dma: start.grants["device:pci-host/dma"] ?? 0,
  };
  const bus = new Bus(space, first, last, privileges, start.options);
  const { claims, orphans, functions } = bus;
  const none = () => refuse(failures.INVALID, "this channel has claimed no device");

  serve<typeof Pci.methods, PciFunction>(
    "/dev/pci",
    Pci,
    {
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
        const { bdf } = chosen;
        if (orphans.has(bdf)) void bus.takeBack(chosen, peer.name);
        claims.owners[bdf] = peer.name;
        peer.session = chosen;
        await claims.resting[bdf];
        await orphans.none();
        quiet(space, bdf);
        freeDma(chosen, privileges);
        bus.faults?.forget(bdf);
        const made = peer.closed
          ? refuse(failures.UNAVAILABLE, "the driver has gone meanwhile")
          : (bus.reach.begin(bdf) ?? handles(space, chosen, privileges, request.vectors));
        if (made instanceof Failure) {
          bus.reach.stop(bdf, bus.warn);
          bus.reach.drop(bdf);
          claims.owners[bdf] = undefined;
          peer.session = undefined;
          return made;
        }
        bus.note();
        const { vendor, device, revision } = chosen;
        const config = bus.configCopy(bdf);
        return { address: formatBdf(bdf), vendor, device, revision, config, ...made };
      },
      reach: ({ memory }, peer) => {
        if (peer.session === undefined) {
          closeHandle(memory);
          return none();
        }
        const shared = bus.reach.share(peer.session.bdf, memory);
        bus.note();
        return shared;
      },
      resume: ({ address, memories }, peer) => {
        const found = functions.find(({ bdf }) => formatBdf(bdf) === address);
        if (
          found === undefined ||
          peer.session !== undefined ||
          !orphans.has(found.bdf) ||
          claims.owners[found.bdf] !== peer.name
        ) {
          closeAll(memories);
          return refuse(failures.REFUSED, `${address} is not kept for ${peer.name}; claim again`);
        }
        const fault = bus.reach.again(found.bdf, memories);
        if (fault !== undefined) {
          void bus.takeBack(found, peer.name);
          return fault;
        }
        peer.session = found;
        orphans.remove(found.bdf);
        log(`${address} is ${peer.name}'s still`);
        return {};
      },
      busMaster: ({ on }, peer) => {
        if (peer.session === undefined) return none();
        setBusMaster(space, peer.session.bdf, on);
        return {};
      },
      closed: (peer) => {
        if (peer.session !== undefined) void bus.takeBack(peer.session, peer.name);
      },
    },
    {
      session: {
        schema: { bdf: u16 },
        save: ({ bdf }) => ({ bdf }),
        load: ({ bdf }: { bdf: number }) => {
          orphans.remove(bdf);
          return functions.find((each) => each.bdf === bdf) as PciFunction;
        },
      },
    },
  );
  dispose(() => bus.save());
  onceKept(() => bus.begin());
  ready();
  log(`${functions.length} functions, ${bus.isolation()}`);
});
