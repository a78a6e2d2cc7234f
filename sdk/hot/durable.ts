// States that survive the end of their process: before the messages of a turn leave, what the turn has changed is in memory that init keeps
// for the next process (slots.ts). Invariant: what stands there is the states as a turn has left them, all of them of the same turn.
// States that are `immutable` add what is another now; the others are written anew.
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
import { applyPacked, type Change, changesSince, type Seen, seenOf } from "./pieces.ts";
import { Slots, type Written } from "./slots.ts";
import { atTurnEnd } from "./turn-end.ts";

/** Beside the values: names, versions, schemas. */
const EXTRA = 4096;

/** The base. */
interface Kept {
  readonly parts: Parts;
  readonly states: readonly StateImage[];
}

/** A record behind it: of each state, in the order of the base. */
interface Changed {
  readonly parts: Parts;
  readonly changes: readonly (readonly Change[])[];
}

let memory: Memory | undefined;
let view: SharedView | undefined;
let slots: Slots | undefined;
/** of each state what counts in the memory; undefined: only all of them can be written */
let counted: readonly Seen[] | undefined;
/** byte fields in the base and the records that count: the next one has that number */
let parted = 0;
let dirty = false;

const durable = () => declared.filter((each) => each.durable !== undefined);
const wanted = () => durable().reduce((sum, each) => sum + each.durable! + EXTRA, 0);

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

/** States that are written and do not count yet; `written` is undefined when they are those that count. */
export interface Prepared {
  readonly written: Written | undefined;
  readonly seen: readonly Seen[] | undefined;
  readonly parts: number;
}

let prepared: Prepared | undefined;

/** Writes what `beforeKeeping` gathers now, without making it count: for a step that shall cost no more than a store. */
export function prepareKeeping(): Prepared | undefined {
  const was = dirty;
  prepared = write();
  dirty = was;
  return prepared;
}

/** Makes it count, unless something has changed or was written since: then false, and nothing is done. */
export function keepPrepared(what: Prepared | undefined): boolean {
  if (what === undefined || what !== prepared || dirty) return false;
  prepared = undefined;
  return count(what);
}

function count({ written, seen, parts }: Prepared): boolean {
  if (written !== undefined && !slots!.count(written)) return false;
  counted = seen;
  parted = parts;
  return true;
}

/** For the start: what the process before has left, if anything; then memory of this one's size. */
export function restoreDurable(handle: number | undefined): void {
  if (durable().length === 0) return;
  if (handle !== undefined) attach(handle);
  if (slots !== undefined) restore(slots);
  begin();
}

/** For the hand-over: goes on with the memory of the code before, or begins one. */
export function keepDurable(handle: number): void {
  if (durable().length === 0) return;
  if (handle !== 0) attach(handle);
  dirty = true;
  begin();
}

function begin(): void {
  if (slots === undefined || slots.room < wanted()) make(wanted());
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
  slots = new Slots(mapped);
  counted = undefined;
}

function make(bytes: number): void {
  const made = Memory.create(Slots.bytesFor(bytes));
  const mapped = made instanceof Failure ? made : made.map();
  if (made instanceof Failure || mapped instanceof Failure) {
    log("there is no memory for the durable state: it is not kept", "error");
    return;
  }
  view?.close();
  memory?.close();
  memory = made;
  view = mapped;
  slots = new Slots(mapped);
  counted = undefined;
  dirty = true;
  offer();
}

/** Tells init of the memory. */
function offer(): void {
  const copy = memory?.duplicate();
  if (typeof copy === "number") supervisor()?.send.durable({ memory: copy, name: "" });
}

function restore(all: Slots): void {
  try {
    const [base, ...records] = all.read();
    if (base === undefined) return;
    const { states, parts } = fromBytes<Kept>(base);
    for (const record of records) {
      const added = fromBytes<Changed>(record);
      parts.push(...added.parts);
      states.forEach(({ values }, place) =>
        applyPacked(values as unknown[], added.changes[place]!),
      );
    }
    for (const each of durable()) {
      const found = states.find(({ name }) => name === each.name);
      if (found !== undefined) each.state.data = migrate(each, found, parts);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log(`starts without its durable state: ${why}`, "warning");
  }
}

/** Writes what has changed, and makes it count. Throws when it does not fit: the state has outgrown what it declares. */
function commit(): void {
  if (!dirty) return;
  prepared = undefined;
  const made = write();
  dirty = false;
  if (made !== undefined) count(made);
}

/** Writes the states, all but the store that makes them count. */
function write(): Prepared | undefined {
  if (slots === undefined) return undefined;
  if (gather !== undefined) gather();
  const all = durable();
  const added = counted === undefined ? undefined : writeChanges(slots, counted);
  if (added !== undefined) return added;
  const parts: Parts = [];
  const bytes = toBytes({ parts, states: all.map((each) => ownImage(each, parts)) });
  const written = slots.base(bytes);
  if (written === undefined) {
    const outgrown = `the durable state has ${bytes.length} bytes; raise \`durable\` in its declaration`;
    if (supervisor() !== undefined) throw new Error(outgrown);
    log(`${outgrown}; what was kept before stands`, "error"); // of init, which must not end for that
    return undefined;
  }
  const comparable = all.every(({ immutable }) => immutable);
  const seen = comparable ? all.map(({ schema, state }) => seenOf(schema, state.data)) : undefined;
  return { written, seen, parts: parts.length };
}

/** The same where it can be told what has changed: undefined when it does not fit behind the base. */
function writeChanges(into: Slots, before: readonly Seen[]): Prepared | undefined {
  const parts: Parts = [];
  const behind = { push: (part: Uint8Array) => parted + parts.push(part) };
  const changes = durable().map(({ schema, state }, place) =>
    changesSince(schema, state.data, before[place]!, behind),
  );
  if (changes.every(({ length }) => length === 0))
    return { written: undefined, seen: before, parts: parted };
  const written = into.record(toBytes({ parts, changes }));
  if (written === undefined) return undefined;
  const seen = durable().map(({ schema, state }) => seenOf(schema, state.data));
  return { written, seen, parts: parted + parts.length };
}
