// States that survive the end of their process: before the messages of a turn leave, what the turn has changed is in memory that init keeps
// for the next process. Invariant: of the two slots one always holds a whole state; the newer one counts once its sequence number
// stands, which is written last.
import { protections } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { log } from "../runtime/log.ts";
import { Memory } from "../runtime/memory.ts";
import type { SharedView } from "../runtime/shared-view.ts";
import { supervisor, tellAgain } from "../runtime/supervisor.ts";
import { declared } from "./declared.ts";
import { ownImage, type StateImage } from "./image.ts";
import { fromBytes, toBytes } from "./image-bytes.ts";
import { migrate } from "./migrate.ts";
import type { Parts } from "./pack.ts";
import { atTurnEnd } from "./turn-end.ts";

/** Before the bytes of a slot: its sequence number, 0 while it is written, and their length. */
const HEAD = 8;
/** Beside the values: names, versions, schemas. */
const EXTRA = 4096;

interface Kept {
  readonly parts: Parts;
  readonly states: readonly StateImage[];
}

let memory: Memory | undefined;
let view: SharedView | undefined;
let sequence = 0;
let dirty = false;

const durable = () => declared.filter((each) => each.durable !== undefined);
const slotBytes = (all: SharedView) => Math.floor(all.length / 2) & ~7;

/** The memory's handle for the hand-over, 0 without one. */
export function durableMemory(): number {
  return memory?.number ?? 0;
}

/** A durable state has changed. */
export function markDurable(): void {
  dirty = true;
}

let gather: (() => void) | undefined;

/** Calls `f` before what has changed is written: it sets `data` from what lives elsewhere. */
export function beforeKeeping(f: () => void): void {
  gather = f;
}

/** Writes what has changed at once, ahead of the end of the turn: for a step that must not be taken without it. */
export function keepNow(): void {
  commit();
}

/** A state that is written and does not count yet. */
export interface Prepared {
  readonly at: number;
}

let prepared: Prepared | undefined;

/** Writes what `beforeKeeping` gathers now, without making it count: for a step that shall cost no more than a store. */
export function prepareKeeping(): Prepared | undefined {
  const was = dirty;
  prepared = writeSlot();
  dirty = was;
  return prepared;
}

/** Makes it count, unless something has changed or was written since: then false, and nothing is done. */
export function keepPrepared(what: Prepared | undefined): boolean {
  if (what === undefined || what !== prepared || dirty || view === undefined) return false;
  prepared = undefined;
  sequence += 1;
  view.set32(what.at, sequence);
  return true;
}

/** For the start: what the process before has left, if anything; then memory of this one's size. */
export function restoreDurable(handle: number | undefined): void {
  const states = durable();
  if (states.length === 0) return;
  if (handle !== undefined) attach(handle);
  if (view !== undefined) restore(view);
  const bytes = states.reduce((sum, each) => sum + each.durable! + EXTRA, HEAD);
  if (view === undefined || slotBytes(view) < bytes) make(bytes);
  atTurnEnd(commit);
  tellAgain(offer);
}

/** For the hand-over: goes on with the memory of the code before, or begins one. */
export function keepDurable(handle: number): void {
  if (durable().length === 0) return;
  if (handle !== 0) attach(handle);
  dirty = true;
  const bytes = durable().reduce((sum, each) => sum + each.durable! + EXTRA, HEAD);
  if (view === undefined || slotBytes(view) < bytes) make(bytes);
  atTurnEnd(commit);
  tellAgain(offer);
}

function attach(handle: number): void {
  prepared = undefined;
  memory = new Memory(handle);
  const mapped = memory.map(protections.READ | protections.WRITE);
  if (mapped instanceof Failure) {
    log(`the durable state can't be reached: ${mapped.sentence}`, "error");
    memory = undefined;
    return;
  }
  view = mapped;
  sequence = Math.max(mapped.get32(0), mapped.get32(slotBytes(mapped)));
}

function make(bytes: number): void {
  const made = Memory.create(2 * Math.ceil(bytes / 8) * 8);
  const mapped = made instanceof Failure ? made : made.map();
  if (made instanceof Failure || mapped instanceof Failure) {
    log("there is no memory for the durable state: it is not kept", "error");
    return;
  }
  view?.close();
  memory?.close();
  memory = made;
  view = mapped;
  sequence = 0;
  dirty = true;
  offer();
}

/** Tells init of the memory. */
function offer(): void {
  const copy = memory?.duplicate();
  if (typeof copy === "number") supervisor()?.send.durable({ memory: copy, name: "" });
}

function restore(all: SharedView): void {
  const half = slotBytes(all);
  const at = all.get32(0) >= all.get32(half) ? 0 : half;
  if (all.get32(at) === 0) return;
  const bytes = new Uint8Array(Math.min(all.get32(at + 4), half - HEAD));
  all.copyOut(at + HEAD, bytes, 0, bytes.length);
  try {
    const { states, parts } = fromBytes<Kept>(bytes);
    for (const each of durable()) {
      const found = states.find(({ name }) => name === each.name);
      if (found !== undefined) each.state.data = migrate(each, found, parts);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log(`starts without its durable state: ${why}`, "warning");
  }
}

/** Writes what has changed into the older slot. Throws when it does not fit: the state has outgrown what it declares. */
function commit(): void {
  if (!dirty) return;
  prepared = undefined;
  const slot = writeSlot();
  dirty = false;
  if (slot === undefined) return;
  sequence += 1;
  view!.set32(slot.at, sequence);
}

/** Writes the states into the older slot, all but its sequence number. */
function writeSlot(): Prepared | undefined {
  if (view === undefined) return undefined;
  if (gather !== undefined) gather();
  const parts: Parts = [];
  const bytes = toBytes({ parts, states: durable().map((each) => ownImage(each, parts)) });
  const half = slotBytes(view);
  if (bytes.length > half - HEAD) {
    const outgrown = `the durable state has ${bytes.length} bytes; raise \`durable\` in its declaration`;
    if (supervisor() !== undefined) throw new Error(outgrown);
    log(`${outgrown}; what was kept before stands`, "error"); // of init, which must not end for that
    return undefined;
  }
  const at = view.get32(0) > view.get32(half) ? half : 0;
  view.set32(at, 0);
  view.set32(at + 4, bytes.length);
  view.copyIn(at + HEAD, bytes, 0, bytes.length);
  return { at };
}
