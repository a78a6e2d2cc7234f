// The bus as this instance of `pci` finds it: functions, claims that are kept from the one before, the IOMMU.
// Invariant: until `begin` no device and no unit is written to, so that new code on trial has no effect on them.
import { interruptSources } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { refusals } from "../../sdk/contract/refusals.ts";
import { hold } from "../../sdk/runtime/hold.ts";
import { createInterrupt } from "../../sdk/runtime/privileges.ts";
import { log } from "../../sdk/runtime/supervisor.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { allowedClasses, type Claims } from "./claims.ts";
import { type ConfigSpace, formatBdf } from "./config-space.ts";
import { type BusPrivileges, freeDma, mastersBus, rest, setBusMaster } from "./device.ts";
import { isClaimable } from "./device-class.ts";
import { enumerate, type PciFunction } from "./enumerate.ts";
import { FaultLog } from "./iommu/faults.ts";
import type { Iommu } from "./iommu/iommu.ts";
import { type Made, openIommu, unused } from "./iommu/open.ts";
import { Reach } from "./iommu/reach.ts";
import { type KeptClaim, keptClaims, keptMemory, MOST_CLAIMS } from "./kept.ts";
import { Orphans } from "./orphans.ts";

/** When a driver's memory is looked for after its end, and how often. */
const LOOK = 20e6;
const LOOKS = 5;

export class Bus {
  readonly functions: readonly PciFunction[];
  readonly claims: Claims;
  readonly orphans = new Orphans();
  readonly space: ConfigSpace;
  readonly privileges: BusPrivileges;
  reach: Reach;
  faults: FaultLog | undefined;
  /** by function: who had it, while it is brought to rest */
  private readonly resting: { [bdf: number]: string | undefined } = {};
  private readonly toRest: PciFunction[] = [];
  private readonly found: readonly KeptClaim[];
  private made: Made | undefined;
  private readonly onTrial = hold.on;

  constructor(
    space: ConfigSpace,
    first: number,
    last: number,
    privileges: BusPrivileges,
    options: { readonly [key: string]: string },
  ) {
    this.space = space;
    this.privileges = privileges;
    this.functions = enumerate(space, first, last);
    this.claims = {
      functions: this.functions,
      allowed: allowedClasses(options),
      owners: {},
      resting: {},
      orphans: this.orphans,
    };
    this.found = keptClaims.data.claims.filter(({ bdf }) => this.at(bdf) !== undefined);
    const taken = this.found.map(({ bdf }) => bdf);
    const rootPointer = Number(options["rsdp"] ?? 0);
    this.made = openIommu(rootPointer, space, privileges, this.warn, taken);
    this.reach = this.restored(this.made?.iommu);
  }

  readonly warn = (line: string) => log(line, "warning");

  private at(bdf: number): PciFunction | undefined {
    return this.functions.find((each) => each.bdf === bdf);
  }

  /** The claims that were kept: their drivers have the devices still, and have to come back after a crash. */
  private restored(iommu: Iommu | undefined): Reach {
    const reach = new Reach(iommu);
    const { held } = keptMemory.data;
    this.toRest.length = 0;
    for (const { bdf, owner, resting, memory } of this.found) {
      const own = held.filter((each) => each.bdf === bdf).map((each) => each.memory);
      const fault = reach.restore(bdf, memory, own);
      if (resting || fault !== undefined) {
        this.toRest.push(this.at(bdf) as PciFunction);
        if (fault !== undefined) this.warn(`${formatBdf(bdf)} is not kept: ${fault.sentence}`);
        continue;
      }
      this.claims.owners[bdf] = owner;
      this.orphans.add(bdf);
    }
    keptMemory.data = { held: [] };
    return reach;
  }

  /** This instance is the one that stands: the units translate by its tables, and what nobody has comes to rest. */
  begin(): void {
    const { made, space } = this;
    const fault = made?.switchOver();
    if (fault !== undefined) {
      // in a swap the code before had it working: a new process finds out what is the matter
      if (this.onTrial) throw new Error(`the IOMMU: ${fault}`);
      unused(fault, this.warn);
      this.made = undefined;
      this.reach = this.restored(undefined);
    }
    for (const each of this.functions)
      if (isClaimable(each) && mastersBus(space, each.bdf) && !this.isKept(each.bdf)) {
        // the firmware has left it running, or an instance that knew nothing of it
        setBusMaster(space, each.bdf, false);
        this.claims.resting[each.bdf] = rest(space, each);
      }
    for (const each of this.toRest.splice(0)) void this.takeBack(each, "a driver that has ended");
    if (this.made !== undefined) this.faults = this.watchFaults(this.made.iommu);
    this.orphans.giveUp((bdf) => {
      const owner = this.claims.owners[bdf] ?? "";
      this.warn(`${owner} did not come back for ${formatBdf(bdf)}`);
      void this.takeBack(this.at(bdf) as PciFunction, owner);
    });
  }

  private isKept(bdf: number): boolean {
    return this.found.some((each) => each.bdf === bdf);
  }

  /** What there is to say of who reaches what. */
  isolation(): string {
    return this.made === undefined
      ? "no IOMMU: a device reaches all memory"
      : "each device reaches its own driver's memory alone";
  }

  /** Each fault of the IOMMU becomes a line in the log, and an entry of the audit where a driver has the device. */
  private watchFaults(iommu: Iommu): FaultLog {
    const told = new FaultLog({
      owner: (bdf) => this.claims.owners[bdf],
      hush: (bdf) => iommu.hush(bdf),
      log: this.warn,
      refused: (who, failure) => refusals.heard?.({ who, what: "dma", failure }),
    });
    const interrupt = createInterrupt(this.privileges.interrupts, interruptSources.MSI);
    const message = interrupt instanceof Failure ? undefined : interrupt.message();
    if (interrupt instanceof Failure || message === undefined) {
      this.warn("faults of the IOMMU are not told: there is no interrupt for them");
      return told;
    }
    interrupt.listen(() => told.tell(iommu.faults()));
    iommu.tellFaults(message);
    return told;
  }

  /** The first 256 bytes of a function's configuration space. */
  configCopy(bdf: number): Uint8Array {
    const bytes = new Uint8Array(256);
    const view = new DataView(bytes.buffer);
    for (let offset = 0; offset < 256; offset += 4)
      view.setUint32(offset, this.space.read32(bdf, offset), true);
    return bytes;
  }

  /** Writes down what the next instance must know, before the messages of this turn leave. */
  note(): void {
    const { claims, reach } = this;
    const all: KeptClaim[] = [];
    for (const { bdf } of this.functions) {
      const before = this.resting[bdf];
      const owner = before ?? claims.owners[bdf];
      if (owner === undefined || all.length === MOST_CLAIMS) continue;
      all.push({ bdf, owner, resting: before !== undefined, memory: reach.ranges(bdf) });
    }
    keptClaims.data = { claims: all };
  }

  /** For a swap: the handles that keep memory alive. */
  save(): void {
    const held: { bdf: number; memory: number }[] = [];
    for (const { bdf } of this.functions)
      for (const memory of this.reach.handles(bdf)) held.push({ bdf, memory });
    keptMemory.data = { held };
  }

  /** The driver is gone: its device comes to rest at once; its memory is freed when the nucleus has torn the driver down. */
  async takeBack(each: PciFunction, from: string): Promise<void> {
    const { claims, orphans, reach, space } = this;
    const { bdf } = each;
    setBusMaster(space, bdf, false);
    reach.stop(bdf, this.warn);
    claims.owners[bdf] = undefined;
    orphans.remove(bdf);
    this.resting[bdf] = from;
    this.note();
    const resting = rest(space, each).then(() => {
      reach.drop(bdf);
      this.resting[bdf] = undefined;
      this.note();
    });
    claims.resting[bdf] = resting;
    await resting;
    if (claims.resting[bdf] === resting) claims.resting[bdf] = undefined;
    let freed = 0;
    // Not under the next driver: what is in quarantine then is freed with that driver's own claim or end.
    for (let look = 0; look < LOOKS && claims.owners[bdf] === undefined; look += 1) {
      await orphans.none();
      if (claims.owners[bdf] === undefined) freed += freeDma(each, this.privileges);
      await sleep(LOOK);
    }
    log(`${formatBdf(bdf)} is back from ${from}, ${freed} frames freed`);
  }
}
