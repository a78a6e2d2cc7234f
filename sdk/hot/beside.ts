// New code's part of a swap: it tries what it would make of the state, then takes over the vault of the running one and begins.
// Invariant: until `commit` nothing that it does has an effect outside of its own memory, so that its end undoes everything.
import { dropStaleEvents } from "../contract/client.ts";
import { Failure, failures } from "../contract/failure.ts";
import { takeReply } from "../contract/parked.ts";
import { kinds, rights } from "../abi/table.ts";
import { uusi } from "../runtime/binding.ts";
import type { Endpoint } from "../runtime/endpoint.ts";
import { closeHandle } from "../runtime/handle.ts";
import { hold } from "../runtime/hold.ts";
import { bindHeld, decideWaits, STILL } from "../runtime/loop.ts";
import { sendAhead } from "../runtime/outbox.ts";
import { inherited, servedNames } from "../runtime/served.ts";
import type { Start } from "../runtime/start-info.ts";
import { systemCalls } from "../runtime/system-call.ts";
import { hooks } from "./hooks.ts";
import { Hot } from "./hot.contract.ts";
import { type HandOver, inheritedOf, readImage, wantedHere } from "./image.ts";
import { keepDurable } from "./durable.ts";
import { closeUnknown, ownHandles } from "./own-handles.ts";
import { lossesMet, mindLosses } from "./losses.ts";
import { migrate } from "./migrate.ts";
import { handlesIn, handlesOf } from "./pack.ts";
import { answer } from "./park.ts";
import { applyChanges } from "./pieces.ts";
import { type Declared, declared } from "./declared.ts";
import { refuseTables, tableHooks } from "./table-hooks.ts";
import { adoptTimers } from "./timer.ts";
import { takeWaiting } from "./waiting-events.ts";

interface Adoption {
  readonly reply: number;
  readonly image: HandOver;
  /** what the vault held when it came, and which of it this code knows */
  readonly found: number[];
  readonly known: Set<number>;
  fault: Failure | undefined;
  /** this is an init in another one's place: handles of START, as the first process gets them */
  readonly first: readonly number[] | undefined;
}

let start: Start | undefined;
let begin: (start: Start) => void | Promise<void> = () => {};
let channel: Endpoint | undefined;
let adoption: Adoption | undefined;

const refused = (error: unknown) =>
  new Failure(failures.INVALID, error instanceof Error ? error.message : String(error));

/** This process waits to take over; `end` is its hot channel. */
export function waitBeside(
  own: Start,
  end: Endpoint,
  main: (start: Start) => void | Promise<void>,
): void {
  start = own;
  begin = main;
  channel = end;
}

/** What this code declares, and what `adopt` will need of its vault. */
export function prepare(): { wanted: string; port: number; channel: number } | Failure {
  // the engine may have used up and closed some of the grants: their number says nothing
  const given = new Set([uusi.port, ...start!.first, ...Object.values(start!.grants)]);
  const isReply = (each: number) => uusi.sys(systemCalls.handle_info, each) % 256 === kinds.REPLY;
  const made = ownHandles().filter((each) => !given.has(each) && !isReply(each)).length;
  if (made > 0)
    return refused(
      `it makes ${made === 1 ? "a handle" : `${made} handles`} before it runs; make them in \`run\`, where they belong to the server`,
    );
  const port = uusi.sys(systemCalls.handle_duplicate, uusi.port, rights.ALL, 0);
  const other = channel!.duplicate();
  if (port < 0 || other instanceof Failure) return refused("it has no room for two handles");
  decideWaits(() => STILL);
  return { wanted: JSON.stringify(wantedHere()), port, channel: other };
}

/** What the trial has made of immutable states, and the handles in it. */
interface Tried {
  readonly data: { [name: string]: unknown };
  readonly handles: readonly number[];
}
let tried: { [name: string]: Tried | undefined } = {};

/** The present values that this code makes of each state; `known` gets their handles. Throws when it can't. */
function migrated(
  image: HandOver,
  known: (handle: number) => void,
): { each: Declared; data: { [name: string]: unknown } }[] {
  const made = [];
  for (const found of image.states) {
    const each = declared.find(({ name }) => name === found.name);
    if (each === undefined)
      throw new Error(`the running code has a state \`${found.name}\`, this code declares none`);
    const { schema } = each;
    if (found.changes === undefined) {
      const data = migrate(each, found, image.parts);
      handlesIn(schema, data, known);
      made.push({ each, data });
      continue;
    }
    const before = tried[found.name];
    if (before === undefined) throw new Error(`state \`${found.name}\` was not tried`);
    // those that are not in it any more are no handles any more
    for (const handle of before.handles) known(handle);
    const data = applyChanges(schema, before.data, found.changes, image.parts, (field, value) =>
      handlesOf(field, value, known),
    );
    made.push({ each, data });
  }
  return made;
}

export function trial(state: number, size: number): Failure | object {
  try {
    const image = readImage(state, size);
    tried = {};
    for (const { each, data } of migrated(image, () => {})) {
      if (each.immutable !== true) continue;
      const handles: number[] = [];
      handlesIn(each.schema, data, (handle) => handles.push(handle));
      tried[each.name] = { data, handles };
    }
    const { tables = [] } = image;
    if (tableHooks.present === undefined) refuseTables(tables);
    else tableHooks.present.try(tables);
    return {};
  } catch (error) {
    return refused(error);
  }
}

/** The vault of the running code is here. The answer leaves after the jobs of this turn. `first`: for an init in another one's place. */
export function adopt(
  request: {
    readonly state: number;
    readonly size: number;
    readonly port: number;
    readonly channel: number;
    readonly grants: readonly { readonly name: string; readonly number: number }[];
    readonly together?: readonly string[] | undefined;
  },
  first?: readonly number[],
): void {
  uusi.port = request.port;
  channel!.renumber(request.channel);
  hold.on = true;
  const reply = takeReply();
  const found = ownHandles();
  const grants: { [name: string]: number } = {};
  for (const { name, number } of request.grants) grants[name] = number;
  const known = new Set([request.port, request.channel, reply, ...Object.values(grants)]);
  try {
    const image = readImage(request.state, request.size);
    known.add(request.state);
    mindLosses(image.contracts ?? [], request.together ?? []);
    adoption = { reply, image, found, known, fault: undefined, first };
    takeOver(adoption, grants);
  } catch (error) {
    adoption ??= {
      reply,
      image: {
        parts: [],
        states: [],
        services: [],
        tables: [],
        contracts: [],
        timers: {},
        durable: 0,
      },
      found,
      known,
      fault: undefined,
      first,
    };
    adoption.fault = refused(error);
  }
  decideWaits(decide);
}

function takeOver(own: Adoption, grants: { [name: string]: number }): void {
  const { image, known } = own;
  for (const { each, data } of migrated(image, (handle) => known.add(handle)))
    each.state.data = data;
  known.add(image.durable);
  tableHooks.present?.adopt(image.tables ?? [], known);
  takeWaiting(image.events ?? [], image.parts, known);
  for (const service of image.services) {
    for (const [number] of service.peers) known.add(number);
    inherited[service.name] = (compiled, move) => {
      const heirs = inheritedOf(service, image.parts, compiled, move);
      for (const { session } of heirs)
        if (session !== undefined) handlesIn(move!.schema, session, (number) => known.add(number));
      return heirs;
    };
  }
  adoptTimers(image.timers);
  const begun = begin({ ...start!, grants, first: own.first ?? start!.first });
  if (begun instanceof Promise)
    begun.catch((error) => {
      own.fault = refused(error);
    });
}

/** At the end of the turn of `adopt`: the answer, and nothing else, leaves. */
function decide(): number {
  const own = adoption;
  if (own !== undefined) {
    adoption = undefined;
    committed = () => commitNow(own);
    const missing = own.image.services.find(
      ({ name }) => !servedNames.some((each) => each.name === name),
    );
    if (missing !== undefined) own.fault ??= refused(`it does not serve ${missing.name} any more`);
    const kept = own.image.services.reduce((sum, { peers }) => sum + peers.length, 0);
    const { why, along, changed } = lossesMet();
    const taken = { kept, changed, ...(why === "" ? {} : { why, along }) };
    if (own.first !== undefined) succeed(own, why);
    else sendAhead(() => answer(Hot, "adopt", own.reply, own.fault ?? taken));
  }
  return STILL;
}

/** There is nobody who could end this process when it can't take over: then it ends. */
function succeed({ reply, fault }: Adoption, lost: string): void {
  if (fault !== undefined || lost !== "") throw new Error(fault?.sentence ?? lost);
  sendAhead(() => answer(Hot, "succeed", reply, {}));
}

let committed = () => {};

/** It stands: handles that nobody knows are closed, what was held happens. `changed`: methods whose events may still come as they were. */
export function commit(changed: readonly string[]): void {
  dropStaleEvents(changed);
  committed();
}

function commitNow({ found, known, image: { durable } }: Adoption): void {
  committed = () => {};
  hold.on = false;
  decideWaits(undefined);
  closeUnknown(found, known);
  for (const each of hooks.kept.splice(0)) each();
  for (const number of hold.closes.splice(0)) closeHandle(number);
  bindHeld();
  keepDurable(durable);
  tableHooks.present?.kept();
}
