// A claimed function: its memory regions, interrupts and DMA privilege as handles, and its way back to rest.
// Invariant: bus mastering is on only between `busMaster(true)` and the end of the claim; the interrupt table is pci's alone.
import { deviceMemoryFlags, interruptSources, limits, rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Handle } from "../../sdk/runtime/handle.ts";
import type { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { createDeviceMemory, createInterrupt, releaseDma } from "../../sdk/runtime/privileges.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { type Bar, memoryBars } from "./bars.ts";
import { capabilities } from "./capabilities.ts";
import { type ConfigSpace, commands, registers } from "./config-space.ts";
import type { PciFunction } from "./enumerate.ts";
import { ENTRY_BYTES, type MsixTable, msixControl, msixTable } from "./msix.ts";
import { quiet, restoreRegions, saveRegions, startReset } from "./reset.ts";

/** The privileges of the bus, as handle numbers. */
export interface BusPrivileges {
  readonly memory: number;
  readonly interrupts: number;
  readonly dma: number;
}

/** Time that a function needs after a reset (PCI Express Base 4.0 §6.6.2). */
const RESET_TIME = 100e6;
/** A region of at most this size that holds the interrupt table holds nothing else that a driver needs. */
const TABLE_REGION = 4 * limits.PAGE_BYTES;
/** Handles of a message, less the DMA privilege. */
const HANDLES = limits.MESSAGE_HANDLES - 1;
const pages = (bytes: number) => Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES;

/** What a driver gets; the handles are to be moved to it. */
export interface DeviceHandles {
  readonly bars: { index: number; bytes: number; memory: number }[];
  readonly interrupts: { interrupt: number }[];
  readonly dma: number;
}

/** Brings a function that a driver has used to rest, and resets it where it can be. */
export async function rest(space: ConfigSpace, each: PciFunction): Promise<void> {
  const { bdf } = each;
  quiet(space, bdf);
  const saved = saveRegions(space, bdf);
  if (!startReset(space, bdf)) return;
  await sleep(RESET_TIME);
  restoreRegions(space, bdf, saved);
  quiet(space, bdf);
}

/** Frees the memory that ended drivers shared with a function which is at rest since; the number of frames. */
export function freeDma(each: PciFunction, privileges: BusPrivileges): number {
  const freed = releaseDma(privileges.dma, each.bdf);
  return freed instanceof Failure ? 0 : freed;
}

/** Makes the handles of a function that is at rest. `vectors`: interrupts wanted. */
export function handles(
  space: ConfigSpace,
  each: PciFunction,
  privileges: BusPrivileges,
  vectors: number,
): DeviceHandles | Failure {
  const { bdf } = each;
  const bars = memoryBars(space, bdf);
  const table = msixTable(space, bdf, capabilities(space, bdf).list, bars);
  const own = bars.filter((bar) => !onlyTable(bar, table));
  const made: Handle[] = [];
  const fail = (fault: Failure) => {
    for (const handle of made) handle.close();
    return fault;
  };
  const command = space.read16(bdf, registers.COMMAND);
  space.write16(
    bdf,
    registers.COMMAND,
    (command | commands.MEMORY | commands.NO_INTX) & ~commands.BUS_MASTER,
  );
  const result: DeviceHandles = { bars: [], interrupts: [], dma: 0 };
  for (const bar of own.slice(0, HANDLES)) {
    const memory = regionMemory(privileges, bar);
    if (memory instanceof Failure) return fail(memory);
    made.push(memory);
    result.bars.push({ index: bar.index, bytes: bar.bytes, memory: memory.number });
  }
  const wanted = Math.min(vectors, HANDLES - result.bars.length, table?.entries ?? 0);
  if (table !== undefined && wanted > 0) {
    const interrupts = programTable(space, bdf, privileges, table, wanted);
    if (interrupts instanceof Failure) return fail(interrupts);
    for (const interrupt of interrupts) {
      made.push(interrupt);
      result.interrupts.push({ interrupt: interrupt.number });
    }
  }
  const keep = rights.USE | rights.TRANSFER;
  const dma = new Handle(privileges.dma, true).duplicate(keep, bdf);
  if (dma instanceof Failure) return fail(dma);
  return { ...result, dma };
}

/** A region with nothing but the interrupt table (and its pending bits) is no business of the driver. */
function onlyTable(bar: Bar, table: MsixTable | undefined): boolean {
  return table !== undefined && table.bar.index === bar.index && bar.bytes <= TABLE_REGION;
}

function regionMemory(privileges: BusPrivileges, bar: Bar) {
  const start = bar.address - (bar.address % limits.PAGE_BYTES);
  return createDeviceMemory(
    privileges.memory,
    start,
    pages(bar.address - start + bar.bytes),
    deviceMemoryFlags.UNCACHED,
  );
}

/** Fills the first `count` entries, masks the others, and switches MSI-X on. */
function programTable(
  space: ConfigSpace,
  bdf: number,
  privileges: BusPrivileges,
  table: MsixTable,
  count: number,
): Interrupt[] | Failure {
  const memory = regionMemory(privileges, table.bar);
  if (memory instanceof Failure) return memory;
  const view = memory.map();
  memory.close();
  if (view instanceof Failure) return view;
  const base = (table.bar.address % limits.PAGE_BYTES) + table.offset;
  const control = space.read16(bdf, table.capability + 2);
  space.write16(bdf, table.capability + 2, control | msixControl.ENABLE | msixControl.MASK_ALL);
  const interrupts: Interrupt[] = [];
  for (let entry = 0; entry < table.entries; entry += 1) {
    const at = base + entry * ENTRY_BYTES;
    const interrupt =
      entry < count ? createInterrupt(privileges.interrupts, interruptSources.MSI) : undefined;
    if (interrupt instanceof Failure) {
      for (const each of interrupts) each.close();
      view.close();
      return interrupt;
    }
    const message = interrupt?.message();
    if (interrupt !== undefined) interrupts.push(interrupt);
    view.set32(at, (message?.address ?? 0) % 2 ** 32);
    view.set32(at + 4, Math.floor((message?.address ?? 0) / 2 ** 32));
    view.set32(at + 8, message?.data ?? 0);
    view.set32(at + 12, message === undefined ? 1 : 0);
  }
  view.close();
  space.write16(bdf, table.capability + 2, (control | msixControl.ENABLE) & ~msixControl.MASK_ALL);
  return interrupts;
}

/** Bus mastering of a claimed function. */
export function setBusMaster(space: ConfigSpace, bdf: number, on: boolean): void {
  const command = space.read16(bdf, registers.COMMAND);
  space.write16(
    bdf,
    registers.COMMAND,
    on ? command | commands.BUS_MASTER : command & ~commands.BUS_MASTER,
  );
}

/** Whether the function may start transactions of its own. */
export function mastersBus(space: ConfigSpace, bdf: number): boolean {
  return (space.read16(bdf, registers.COMMAND) & commands.BUS_MASTER) !== 0;
}
