// What the suite starts with as the first process: the handles of docs/boot-image.md and the table of the boot image.
import { firstHandles, layouts, limits, protections, startFlags } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { readEvents } from "./message.ts";
import { must } from "./system.ts";

/** An entry of the boot image's table. */
export interface ImageObject {
  handle: number;
  length: number;
  memory: number;
  address: number;
  entry: number;
}

export interface StartFacts {
  budget: number;
  factory: number;
  interrupts: number;
  ioPorts: number;
  deviceMemory: number;
  dma: number;
  log: number;
  system: number;
  platform: number;
  /** memory that the next first process finds, too */
  state: number;
  /** all handles of START */
  all: number[];
  image: Record<string, ImageObject>;
}

/** True in the first process; a child of the suite has another START payload. */
export function isFirst(payload: Uint8Array): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return (view.getUint32(layouts.start.flags, true) & startFlags.FIRST) !== 0;
}

/** The START event, the only one in the first batch. */
export function startEvent(bytes: number): { payload: Uint8Array; handles: number[] } {
  const [event] = readEvents(bytes);
  if (event === undefined) throw new Error("no START event");
  return { payload: event.payload, handles: event.handles };
}

export function firstFacts(payload: Uint8Array): StartFacts {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const count = view.getUint32(layouts.start.SIZE, true);
  const handle = (i: number) => view.getUint32(layouts.start.SIZE + 4 + 4 * i, true);
  return {
    budget: handle(firstHandles.BUDGET),
    factory: handle(firstHandles.PROCESS_FACTORY),
    interrupts: handle(firstHandles.INTERRUPTS),
    ioPorts: handle(firstHandles.IO_PORTS),
    deviceMemory: handle(firstHandles.DEVICE_MEMORY),
    dma: handle(firstHandles.DMA),
    log: handle(firstHandles.DEBUG_LOG),
    system: handle(firstHandles.SYSTEM),
    platform: handle(firstHandles.PLATFORM),
    state: handle(firstHandles.STATE),
    all: Array.from({ length: count }, (_, i) => handle(i)),
    image: imageObjects(handle(firstHandles.TABLE), count - firstHandles.IMAGE, (i) =>
      handle(firstHandles.IMAGE + i),
    ),
  };
}

function imageObjects(
  table: number,
  count: number,
  handle: (i: number) => number,
): Record<string, ImageObject> {
  const bytes = Math.ceil((64 + count * 128) / limits.PAGE_BYTES) * limits.PAGE_BYTES;
  const at = must("memory_map", 0, table, 0, 0, bytes, protections.READ);
  const copy = new Uint8Array(bytes);
  uusi.copyOut(at, copy, 0, bytes);
  must("memory_unmap", 0, at);
  const view = new DataView(copy.buffer);
  const number64 = (p: number) => view.getUint32(p, true) + view.getUint32(p + 4, true) * 2 ** 32;
  const objects: Record<string, ImageObject> = {};
  for (let i = 0; i < count; i++) {
    const entry = 64 + i * 128;
    let end = entry;
    while (copy[end] !== 0) end++;
    objects[String.fromCharCode(...copy.subarray(entry, end))] = {
      handle: handle(i),
      length: number64(entry + 48),
      memory: number64(entry + 56),
      address: number64(entry + 64),
      entry: number64(entry + 72),
    };
  }
  return objects;
}
