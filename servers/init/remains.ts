// What a process was busy with in TypeScript when it ended, read from what is left of it: its stack and the memory of its heap, which its
// engine has sent to a channel that nobody reads before the end. Invariant: it is told once, whatever was sent; a process that sends on
// through the channel is not waited for.
import { addresses, events, protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { placesOf, placesTable } from "../../sdk/runtime/bundle-places.ts";
import { DeadMemory } from "../../sdk/runtime/dead-memory.ts";
import { type DeadFrame, deadStack } from "../../sdk/runtime/dead-stack.ts";
import { LAYOUT_BYTES, readEngineLayout } from "../../sdk/runtime/engine-layout.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { addSource, received, removeSource } from "../../sdk/runtime/loop.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { MILLISECOND } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { type Code, imageCode } from "./code.ts";
import { imageObject, type Machine } from "./machine.ts";
import { type Left, STACK } from "./recorder.ts";
import type { Server } from "./server.ts";

/** Memory of a heap that is taken: its engine sends a piece for each 256 KiB that its start takes. */
const PIECES = 64;
/** How long its end of the channel may stay open: the process is gone, so that only another one can have it. */
const WITHIN = 200 * MILLISECOND;

/** Tells the frames as text, the innermost first, in a later turn: none when it was in no function. Takes what is left. */
export function readStack(
  machine: Machine,
  { code, entry }: Pick<Server, "code" | "entry">,
  left: Left,
  tell: (frames: readonly string[]) => void,
): void {
  const memory = new DeadMemory();
  const views = [left.stack];
  memory.add(addresses.STACK_TOP - STACK, left.stack);
  const bundle = code ?? imageCode(machine, entry);
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    timer.cancel();
    const frames = bundle instanceof Failure ? [] : read(machine, memory, left.runtime, bundle);
    removeSource(slot);
    left.heap.close();
    for (const view of views) view.close();
    tell(frames);
  };
  const timer = after(WITHIN, finish);
  const slot = addSource(left.heap.number, {
    event(type, at, length) {
      if (type === events.CLOSED) finish();
      else takePiece(memory, views, at, length);
    },
  });
  if (slot < 0) finish();
}

/** A message of bequeath in sdk/runtime/engine/heap.c: the memory, and the address of its first byte. */
function takePiece(memory: DeadMemory, views: SharedView[], at: number, length: number): void {
  const handles = received.handles.slice(0, received.handleCount);
  const [first] = handles;
  for (const handle of handles.slice(1)) closeHandle(handle);
  if (first === undefined) return;
  const piece = new Memory(first);
  const view = length < 8 || views.length > PIECES ? undefined : piece.map(protections.READ);
  piece.close();
  if (view === undefined || view instanceof Failure) return;
  views.push(view);
  const { view: message } = received;
  memory.add(message.getUint32(at, true) + message.getUint32(at + 4, true) * 2 ** 32, view);
}

function read(machine: Machine, memory: DeadMemory, runtime: number, code: Code): string[] {
  const layout = mapped(imageObject(machine, "engine.rodata")?.handle, LAYOUT_BYTES, (view) => {
    const bytes = new Uint8Array(LAYOUT_BYTES);
    view.copyOut(0, bytes, 0, LAYOUT_BYTES);
    return readEngineLayout(bytes);
  });
  if (layout === undefined) return [];
  const frames = deadStack(memory, layout, runtime);
  if (frames.length === 0) return [];
  const decode = (bytes: Uint8Array) => uusi.decode(bytes, 0, bytes.length);
  const table = mapped(code.memory.number, code.size, (view) => placesTable(view, decode)) ?? "";
  const places = placesOf(
    table,
    frames.map(({ line }) => line),
  );
  return frames.map(({ name }: DeadFrame, i) =>
    name === "" ? places[i]! : `${name} ${places[i]}`,
  );
}

/** What `use` makes of that memory, of which the handle stays open. */
function mapped<T>(
  handle: number | undefined,
  bytes: number,
  use: (view: SharedView) => T | undefined,
): T | undefined {
  if (handle === undefined) return undefined;
  const view = new Memory(handle, true).map(protections.READ, 0, bytes);
  if (view instanceof Failure) return undefined;
  const result = use(view);
  view.close();
  return result;
}
