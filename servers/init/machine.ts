// What init got from the nucleus: privileges, boot image, platform facts. Made once at start, then only read.
// Invariant: `handles` are init's own and are never given away; others get duplicates with fewer rights.
import { firstHandles, protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { writeLog } from "../../sdk/runtime/system.ts";
import { type ImageObject, parseImageTable } from "./image-table.ts";
import { type Platform, readPlatform } from "./platform.ts";

/** The machine in init's hands. */
export interface Machine {
  readonly budget: number;
  readonly factory: number;
  readonly interrupts: number;
  readonly ioPorts: number;
  readonly deviceMemory: number;
  readonly dma: number;
  readonly log: number;
  readonly system: number;
  /** Header and table of the boot image. */
  readonly table: number;
  readonly platform: Platform;
  readonly image: readonly ImageObject[];
}

/** Reads what the handles of START name. Throws when the nucleus gave something else: nothing can run then. */
export function readMachine(first: readonly number[]): Machine {
  const handle = (place: number) => first[place] ?? 0;
  const objects = first.slice(firstHandles.IMAGE);
  const table = copyOf(handle(firstHandles.TABLE), "the boot image's table");
  const page = mapped(handle(firstHandles.PLATFORM), "the platform facts");
  const platform = readPlatform(page);
  page.close();
  return {
    budget: handle(firstHandles.BUDGET),
    factory: handle(firstHandles.PROCESS_FACTORY),
    interrupts: handle(firstHandles.INTERRUPTS),
    ioPorts: handle(firstHandles.IO_PORTS),
    deviceMemory: handle(firstHandles.DEVICE_MEMORY),
    dma: handle(firstHandles.DMA),
    log: handle(firstHandles.DEBUG_LOG),
    system: handle(firstHandles.SYSTEM),
    table: handle(firstHandles.TABLE),
    platform,
    image: parseImageTable(table, objects),
  };
}

function mapped(handle: number, what: string): SharedView {
  const view = new Memory(handle, true).map(protections.READ);
  if (view instanceof Failure) throw new Error(`${what}: ${view.sentence}`);
  return view;
}

function copyOf(handle: number, what: string): Uint8Array {
  const view = mapped(handle, what);
  const bytes = new Uint8Array(view.length);
  view.copyOut(0, bytes, 0, bytes.length);
  view.close();
  return bytes;
}

/** The object of that name in the boot image. */
export function imageObject(machine: Machine, name: string): ImageObject | undefined {
  return machine.image.find((each) => each.name === name);
}

/** An object's bytes as text; undefined when there is none or it is no UTF-8. */
export function imageText(machine: Machine, name: string): string | undefined {
  const object = imageObject(machine, name);
  if (object === undefined) return undefined;
  const bytes = copyOf(object.handle, name);
  return uusi.decode(bytes, 0, Math.min(object.length, bytes.length));
}

/** A line of the log that comes from init itself, or of the transcript. */
export function logLine(machine: Machine, line: string, quiet = false): void {
  writeLog(machine.log, line + "\n", quiet);
}
