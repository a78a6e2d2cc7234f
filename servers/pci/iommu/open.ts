// Finds the machine's remapping units through ACPI and makes their tables. Invariant: either every unit translates by tables of this
// server, in which no device reaches anything but what firmware reserves and what a driver has entered, or the log says why devices
// are not kept apart.
import { deviceMemoryFlags, limits, protections, rights } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Handle } from "../../../sdk/runtime/handle.ts";
import { createDeviceMemory, createDma, releaseDma } from "../../../sdk/runtime/privileges.ts";
import type { SharedView } from "../../../sdk/runtime/shared-view.ts";
import { SECOND } from "../../../sdk/runtime/time.ts";
import { after } from "../../../sdk/runtime/timers.ts";
import { type ConfigSpace, registers } from "../config-space.ts";
import type { BusPrivileges } from "../device.ts";
import { firmwareTable } from "./firmware-tables.ts";
import { Iommu } from "./iommu.ts";
import { type DeviceScope, type RemappingTable, remappingTable } from "./remapping-table.ts";
import { type TableChunk, TableMemory, type TablePage } from "./table-memory.ts";
import { type Levels, Translation } from "./translation.ts";
import { UNIT_BYTES, Unit } from "./unit.ts";

const PAGE = limits.PAGE_BYTES;
/** The DMA tag of this server's own tables: no function has it. */
const TABLES = 0x1_0000;
/** Tables are made so many pages at a time. */
const CHUNK = 16;
/** A reserved region may have this much. */
const REGION_MOST = 64 * 2 ** 20;

/** An IOMMU whose tables are made and whose units do not know them yet. */
export interface Made {
  readonly iommu: Iommu;
  /** Has the units translate by these tables from now on; why not, if one does not do as told. */
  switchOver(): string | undefined;
}

/** The machine's IOMMU; undefined on a machine without one, and where it can't be used, which is logged. `taken`: it goes on for these. */
export function openIommu(
  rootPointer: number,
  space: ConfigSpace,
  privileges: BusPrivileges,
  log: (line: string) => void,
  taken: readonly number[],
): Made | undefined {
  const read = (address: number, bytes: number) => readPhysical(privileges, address, bytes);
  const table = firmwareTable(read, rootPointer, "DMAR");
  if (table === undefined) return undefined;
  const found = remappingTable(table);
  const made = make(found, space, privileges, log, taken);
  if (typeof made !== "string") return made;
  unused(made, log);
  return undefined;
}

/** Says that there is an IOMMU which does nothing. */
export function unused(why: string, log: (line: string) => void): void {
  log(`the IOMMU is not used, devices reach all memory: ${why}`);
}

function readPhysical(
  privileges: BusPrivileges,
  address: number,
  bytes: number,
): Uint8Array | undefined {
  const offset = address % PAGE;
  const view = mapDevice(privileges, address - offset, offset + bytes, protections.READ);
  if (view === undefined) return undefined;
  const copy = new Uint8Array(bytes);
  view.copyOut(offset, copy, 0, bytes);
  view.close();
  return copy;
}

function mapDevice(
  privileges: BusPrivileges,
  start: number,
  bytes: number,
  protection: number,
): SharedView | undefined {
  const size = Math.ceil(bytes / PAGE) * PAGE;
  const flags = deviceMemoryFlags.UNCACHED;
  const memory = createDeviceMemory(privileges.memory, start, size, flags);
  if (memory instanceof Failure) return undefined;
  const view = memory.map(protection);
  memory.close();
  return view instanceof Failure ? undefined : view;
}

function make(
  found: RemappingTable,
  space: ConfigSpace,
  privileges: BusPrivileges,
  log: (line: string) => void,
  taken: readonly number[],
): Made | string {
  const units: Unit[] = [];
  let [levels, domains, coherent]: [Levels, number, boolean] = [4, 2 ** 16, true];
  for (const address of found.units) {
    const place = `unit at 0x${address.toString(16)}`;
    const view = mapDevice(privileges, address, UNIT_BYTES, protections.READ | protections.WRITE);
    if (view === undefined) return `the ${place} can't be mapped`;
    const unit = new Unit(view);
    const abilities = unit.inspect();
    if (typeof abilities === "string") return `the ${place} ${abilities}`;
    coherent &&= abilities.coherent;
    if (abilities.levels < levels) levels = abilities.levels;
    domains = Math.min(domains, abilities.domains);
    units.push(unit);
  }
  if (units.length === 0) return "its table names no unit";
  if (!units.every((unit) => unit.takes(levels))) return "its units share no width of addresses";
  const memory = new TableMemory(() => moreTables(privileges), coherent);
  const root = memory.take();
  if (root === undefined) return "there is no memory for its tables";
  const translation = new Translation(memory, root, levels);
  const iommu = new Iommu(units, translation, domains, false);
  const pages: TablePage[] = [];
  for (let n = 0; n < units.length * 2; n++) {
    const page = memory.take();
    if (page === undefined) return "there is no memory for its queues";
    pages.push(page);
  }
  reserve(found, space, iommu, log, taken);
  const switchOver = () => {
    for (const [n, unit] of units.entries()) {
      const [queue, status] = [pages[n * 2] as TablePage, pages[n * 2 + 1] as TablePage];
      if (!unit.start(root, queue, status)) return "a unit does not do as told";
    }
    iommu.goLive();
    // Nobody reads the tables of an earlier instance of this server any more; one that was swapped ends in a moment.
    releaseDma(privileges.dma, TABLES);
    after(SECOND, () => void releaseDma(privileges.dma, TABLES));
    return undefined;
  };
  return { iommu, switchOver };
}

function moreTables(privileges: BusPrivileges): TableChunk | undefined {
  const own = new Handle(privileges.dma, true).duplicate(rights.USE, TABLES);
  if (own instanceof Failure) return undefined;
  const privilege = new Handle(own);
  const memory = createDma(privilege.number, CHUNK * PAGE);
  privilege.close();
  if (memory instanceof Failure) return undefined;
  const view = memory.map();
  const address = memory.busAddress();
  memory.close();
  return view instanceof Failure ? undefined : { view, address, pages: CHUNK };
}

/** What firmware's devices go on using before a driver has them. */
function reserve(
  { regions }: RemappingTable,
  space: ConfigSpace,
  iommu: Iommu,
  log: (line: string) => void,
  taken: readonly number[],
): void {
  const entered: number[] = [];
  for (const { base, limit, scopes } of regions) {
    const bytes = limit + 1 - base;
    for (const scope of scopes) {
      const bdf = functionAt(space, scope);
      if (taken.includes(bdf)) continue; // it has a driver's memory instead, as after each claim
      const fault =
        bytes > REGION_MOST
          ? "it is too large"
          : ((entered.includes(bdf) ? undefined : iommu.claim(bdf)) ??
            iommu.enter(bdf, base, bytes));
      entered.push(bdf);
      if (fault !== undefined)
        log(`reserved memory at 0x${base.toString(16)} is not entered: ${fault}`);
    }
  }
}

/** The function at the end of a path over bridges. */
function functionAt(space: ConfigSpace, { bus, path }: DeviceScope): number {
  let at = bus;
  let bdf = 0;
  for (const [step, each] of path.entries()) {
    if (step > 0) at = space.read8(bdf, registers.SECONDARY_BUS);
    bdf = (at << 8) | (each.device << 3) | each.function;
  }
  return bdf;
}
