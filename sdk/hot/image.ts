// What is handed over: states, clients by the name they were served under, timers as JSON, and the bytes of their values behind it. It lies in
// a memory object of its own.
// Invariant: reading what was written gives the same values; handle numbers in it are numbers of the vault that moves with it.
import { protections } from "../abi/table.ts";
import type { Compiled } from "../contract/compiled.ts";
import { coreOf, type PeerCore } from "../contract/adopt-peer.ts";
import { Failure } from "../contract/failure.ts";
import { served } from "../contract/server.ts";
import { fieldsText } from "../contract/schema-text.ts";
import type { Endpoint } from "../runtime/endpoint.ts";
import { Memory } from "../runtime/memory.ts";
import { type Inherited, type Served, type SessionMove, servedNames } from "../runtime/served.ts";
import { hooks } from "./hooks.ts";
import { fromBytes, toBytes } from "./image-bytes.ts";
import { type ContractImage, contractImage, noteLosses } from "./losses.ts";
import { packFields, type Parts, unpackFields } from "./pack.ts";
import { type Change, changesSince, type Seen, seenOf } from "./pieces.ts";
import { type Declared, declared } from "./declared.ts";
import { type TableImage, tableHooks } from "./table-hooks.ts";
import { timersSet } from "./timer.ts";
import { type WaitingImage, waitingImages } from "./waiting-events.ts";

/** What new code wants: each state in its version, whose schema is `text`. */
export interface Wanted {
  readonly states: readonly {
    readonly name: string;
    readonly version: number;
    /** it can go on with what its trial had, and what is another since */
    readonly pieces?: boolean;
  }[];
}

export interface StateImage {
  readonly name: string;
  readonly version: number;
  /** canonical text of the schema */
  readonly schema: string;
  readonly values: unknown;
  /** in place of the values: what is another than in the copy that was tried */
  readonly changes?: readonly Change[];
}

export interface ServiceImage {
  readonly name: string;
  /** the service's own hello; clients built from the same contract say it */
  readonly hello: readonly number[];
  /** number, client, badge, terms, session (0: none), hello (1: the service's own, 0: not said yet) */
  readonly peers: readonly [
    number,
    string,
    number,
    readonly string[],
    unknown,
    readonly number[] | 0 | 1,
  ][];
}

export interface HandOver {
  /** bytes of values; `sizes` in the text */
  readonly parts: Parts;
  readonly states: readonly StateImage[];
  readonly services: readonly ServiceImage[];
  /** events that clients were too slow for; code before this had none to give */
  readonly events?: readonly WaitingImage[];
  readonly tables: readonly TableImage[];
  /** all that it serves, under names or not */
  readonly contracts: readonly ContractImage[];
  readonly timers: { [name: string]: number };
  /** handle of the memory with the durable states, 0 without any */
  readonly durable: number;
}

/** What this code declares. */
export function wantedHere(): Wanted {
  const of = ({ name, version, immutable }: Declared) =>
    immutable === true ? { name, version, pieces: true } : { name, version };
  return { states: declared.map(of) };
}

/** What of immutable states is in the copy that was given last. */
let given: { [name: string]: Seen | undefined } = {};

/**
 * This process's state in the versions that are wanted. Throws a sentence when it can't be had. `copy`: for a trial; the image that is taken
 * after it says of immutable states only what is another than in the copy.
 */
export function takeImage(wanted: Wanted, durable: number, copy: boolean): HandOver {
  for (const handler of hooks.dispose) handler();
  const parts: Parts = [];
  if (copy) given = {};
  return {
    parts,
    states: declared.map((each) => stateImage(each, wanted, parts, copy)),
    services: servedNames.map((each) => serviceImage(each, parts)),
    events: waitingImages(parts),
    tables: tableHooks.present?.images() ?? [],
    contracts: served.map(contractImage),
    timers: timersSet(),
    durable,
  };
}

/** A state in its own version. */
export function ownImage({ name, version, schema, state }: Declared, parts: Parts): StateImage {
  return {
    name,
    version,
    schema: fieldsText(schema),
    values: packFields(schema, state.data, parts),
  };
}

function stateImage(each: Declared, wanted: Wanted, parts: Parts, copy: boolean): StateImage {
  const { name, version, state, revert } = each;
  const other = wanted.states.find((one) => one.name === name);
  const way = other === undefined || other.version === version ? undefined : revert;
  const migration = other === undefined ? undefined : way?.[other.version];
  if (other !== undefined && migration !== undefined) {
    const values = packFields(migration.schema, migration.make(state.data) as never, parts);
    return { name, version: other.version, schema: fieldsText(migration.schema), values };
  }
  if (each.immutable !== true || other?.version !== version || other.pieces !== true)
    return ownImage(each, parts);
  const seen = given[name];
  const { schema } = each;
  if (copy) given[name] = seenOf(schema, state.data);
  if (copy || seen === undefined) return ownImage(each, parts);
  const changes = changesSince(schema, state.data, seen, parts);
  return { name, version, schema: "", values: [], changes };
}

function serviceImage(served: Served, parts: Parts): ServiceImage {
  const { compiled, peers } = coreOf(served.service);
  const { hello } = compiled;
  return {
    name: served.name,
    hello,
    peers: peers.map((peer) => [
      (peer.channel as Endpoint).number,
      peer.name,
      peer.badge,
      peer.terms,
      sessionOf(served, peer, parts),
      peer.hello === undefined ? 0 : peer.hello === hello ? 1 : peer.hello,
    ]),
  };
}

function sessionOf({ name, session: move }: Served, peer: PeerCore, parts: Parts): unknown {
  if (peer.session === undefined) return 0;
  if (move === undefined)
    throw new Error(`clients of ${name} have sessions that do not move (serve, option session)`);
  const { schema, save } = move;
  const values = save === undefined ? peer.session : save(peer.session as never, peer as never);
  return packFields(schema, values as never, parts, "session.");
}

/** The clients of a service as its new code takes them. */
export function inheritedOf(
  image: ServiceImage,
  parts: Parts,
  compiled: Compiled,
  move: SessionMove | undefined,
): Inherited[] {
  return image.peers.map(([number, client, badge, terms, packed, said]) => {
    const hello = said === 0 ? undefined : said === 1 ? image.hello : said;
    if (hello !== undefined) noteLosses(compiled, client, hello);
    if (packed !== 0 && move === undefined)
      throw new Error(`clients of ${image.name} have sessions, and this code does not take them`);
    const session = packed === 0 ? undefined : unpackFields(move!.schema, packed, parts, "session");
    return { number, client, badge, terms, hello, session };
  });
}

/** Writes it into memory of its own: handle number and bytes. */
export function writeImage(image: HandOver): { state: number; size: number } | Failure {
  const bytes = toBytes(image);
  const size = bytes.length;
  const memory = Memory.create(size);
  if (memory instanceof Failure) return memory;
  const view = memory.map(undefined, 0, size);
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  view.copyIn(0, bytes, 0, size);
  view.close();
  return { state: memory.take(), size };
}

/** Reads it and lets go of the memory. Throws on what is none. */
export function readImage(number: number, size: number): HandOver {
  const memory = new Memory(number);
  const view = memory.map(protections.READ, 0, size);
  if (view instanceof Failure) throw new Error(view.sentence);
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  memory.close();
  return fromBytes(bytes);
}
