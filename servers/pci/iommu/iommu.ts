// The remapping units of a machine as one: which function reaches which memory. All units read the same tables.
// Invariant: a function reaches what was entered for it, and nothing else; once `release` has returned true it reaches nothing, and
// no unit remembers that it did.
import { type Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { limits } from "../../../sdk/abi/table.ts";
import { formatBdf } from "../config-space.ts";
import type { Domain, Translation } from "./translation.ts";
import type { Unit, UnitFault } from "./unit.ts";

const PAGE = limits.PAGE_BYTES;
const full = () => refuse(failures.LIMIT, "pci has no memory left for the tables of devices");

export class Iommu {
  private readonly units: readonly Unit[];
  private readonly translation: Translation;
  /** Domains in use by id, from 1; 0 means something else to units with a caching mode. */
  private readonly used: boolean[] = [true];
  private readonly most: number;
  private readonly domains: { [bdf: number]: Domain | undefined } = {};
  /** Units translate by these tables; before, nobody knows them, and there is nothing to forget. */
  private live: boolean;
  /** For functions that are nobody's and keep trying: they reach nothing, in silence. */
  private nobody: Domain | undefined;

  /** `domains`: ids that each unit knows; `live`: units translate by `translation` already. */
  constructor(units: readonly Unit[], translation: Translation, domains: number, live = true) {
    this.live = live;
    this.units = units;
    this.translation = translation;
    this.most = domains;
  }

  /** Makes place for what the function will reach; it reaches nothing yet, and nothing of what it reached before. */
  claim(bdf: number): Failure | undefined {
    if (this.domains[bdf] !== undefined && !this.release(bdf)) return stuck();
    const domain = this.newDomain();
    if (domain === undefined) return full();
    if (!this.translation.attach(bdf, domain)) {
      this.translation.discard(domain);
      this.used[domain.id] = false;
      return full();
    }
    this.domains[bdf] = domain;
    return this.forget() ? undefined : stuck();
  }

  private newDomain(): Domain | undefined {
    let id = 1;
    while (this.used[id] === true) id++;
    const domain = id < this.most ? this.translation.domain(id) : undefined;
    if (domain !== undefined) this.used[id] = true;
    return domain;
  }

  /** Lets a claimed function reach `bytes` from `address`, both of whole pages. */
  enter(bdf: number, address: number, bytes: number): Failure | undefined {
    const domain = this.domains[bdf];
    if (domain === undefined || address % PAGE !== 0 || bytes % PAGE !== 0 || bytes <= 0)
      return refuse(failures.INVALID, `${formatBdf(bdf)} can't have this memory`);
    if (address + bytes > this.translation.limit)
      return refuse(failures.INVALID, "the memory lies beyond what the IOMMU translates");
    if (!this.translation.enter(domain, address, address + bytes)) return full();
    return this.forget() ? undefined : stuck();
  }

  /** The function reaches nothing from now on. False when a unit does not confirm that: then nothing that it reached may be reused. */
  release(bdf: number): boolean {
    const domain = this.domains[bdf];
    this.translation.detach(bdf);
    if (!this.forget()) return false;
    if (domain === undefined) return true;
    this.domains[bdf] = undefined;
    this.translation.discard(domain);
    this.used[domain.id] = false;
    return true;
  }

  /** No more faults of this function are recorded until it is claimed again. */
  hush(bdf: number): void {
    this.nobody ??= this.newDomain();
    const domain = this.domains[bdf] ?? this.nobody;
    if (domain === undefined) return;
    this.translation.attach(bdf, domain, true);
    this.forget();
  }

  /** Has the units send a message for faults. */
  tellFaults(message: { readonly address: number; readonly data: number }): void {
    for (const unit of this.units) unit.tellFaults(message);
  }

  /** Takes the faults that were recorded since the last time. */
  faults(): UnitFault[] {
    return this.units.flatMap((unit) => unit.faults());
  }

  /** From now on the units translate by these tables. */
  goLive(): void {
    this.live = true;
  }

  private forget(): boolean {
    let all = true;
    if (!this.live) return true;
    for (const unit of this.units) all = unit.forget() && all;
    return all;
  }
}

const stuck = () => refuse(failures.UNAVAILABLE, "the IOMMU does not answer; reboot");
