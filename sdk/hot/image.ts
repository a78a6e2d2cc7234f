// What is handed over, as text: states, clients by the name they were served under, timers. It lies in a memory object of its own.
// Invariant: reading what was written gives the same values; handle numbers in it are numbers of the vault that moves with it.
import type { Compiled } from "../contract/compiled.ts";
import { coreOf } from "../contract/adopt-peer.ts";
import { Failure } from "../contract/failure.ts";
import type { Fields } from "../contract/field.ts";
import { unservedMethods } from "../contract/hello.ts";
import { fieldsText } from "../contract/schema-text.ts";
import { uusi } from "../runtime/binding.ts";
import type { Endpoint } from "../runtime/endpoint.ts";
import { Memory } from "../runtime/memory.ts";
import { type Inherited, servedNames } from "../runtime/served.ts";
import { hooks } from "./hooks.ts";
import { packFields, unpackFields } from "./pack.ts";
import { type Declared, declared } from "./declared.ts";
import { timersSet } from "./timer.ts";

/** What new code wants: each state in its version, whose schema is `text`. */
export interface Wanted {
  readonly states: readonly { readonly name: string; readonly version: number }[];
}

export interface StateImage {
  readonly name: string;
  readonly version: number;
  /** canonical text of the schema */
  readonly schema: string;
  readonly values: unknown;
}

export interface ServiceImage {
  readonly name: string;
  /** the service's own hello; clients built from the same contract say it */
  readonly hello: readonly number[];
  /** the names of its methods, by place in the hello */
  readonly methods: readonly string[];
  /** number, client, badge, session, hello (1: the service's own, 0: not said yet) */
  readonly peers: readonly [number, string, number, unknown, readonly number[] | 0 | 1][];
}

export interface HandOver {
  readonly states: readonly StateImage[];
  readonly services: readonly ServiceImage[];
  readonly timers: { [name: string]: number };
}

/** What this code declares. */
export function wantedHere(): Wanted {
  return { states: declared.map(({ name, version }) => ({ name, version })) };
}

/** This process's state in the versions that are wanted. Throws a sentence when it can't be had. */
export function takeImage(wanted: Wanted): HandOver {
  for (const handler of hooks.dispose) handler();
  return {
    states: declared.map((each) => stateImage(each, wanted)),
    services: servedNames.map(serviceImage),
    timers: timersSet(),
  };
}

function stateImage(each: Declared, wanted: Wanted): StateImage {
  const { name, version, schema, state, revert } = each;
  const other = wanted.states.find((one) => one.name === name);
  const way = other === undefined || other.version === version ? undefined : revert;
  const migration = other === undefined ? undefined : way?.[other.version];
  if (other !== undefined && migration !== undefined) {
    const values = packFields(migration.schema, migration.make(state.data) as never);
    return { name, version: other.version, schema: fieldsText(migration.schema), values };
  }
  return { name, version, schema: fieldsText(schema), values: packFields(schema, state.data) };
}

function serviceImage(served: (typeof servedNames)[number]): ServiceImage {
  const { compiled, peers } = coreOf(served.service);
  const { hello } = compiled;
  return {
    name: served.name,
    hello,
    methods: compiled.methods.map((method) => method.name),
    peers: peers.map((peer) => [
      (peer.channel as Endpoint).number,
      peer.name,
      peer.badge,
      sessionOf(served, peer.session),
      peer.hello === undefined ? 0 : peer.hello === hello ? 1 : peer.hello,
    ]),
  };
}

function sessionOf(served: (typeof servedNames)[number], session: unknown): unknown {
  if (session === undefined) return null;
  if (served.session === undefined)
    throw new Error(
      `clients of ${served.name} have sessions without a schema (serve, option session)`,
    );
  return packFields(served.session, session as never, "session.");
}

/** The clients of a service as its new code takes them; throws when they speak what it does not serve. */
export function inheritedOf(
  image: ServiceImage,
  compiled: Compiled,
  session: Fields | undefined,
): Inherited[] {
  return image.peers.map(([number, client, badge, packed, said]) => {
    const hello = said === 0 ? undefined : said === 1 ? image.hello : said;
    if (hello !== undefined) refuseLoss(image, compiled, client, hello);
    if (packed !== null && session === undefined)
      throw new Error(`clients of ${image.name} have sessions that this code has no schema for`);
    const unpacked = packed === null ? undefined : unpackFields(session!, packed, "session");
    return { number, client, badge, hello, session: unpacked };
  });
}

/** A method that the code before served in the client's shape, and this code does not. */
function refuseLoss(
  image: ServiceImage,
  compiled: Compiled,
  client: string,
  hello: readonly number[],
): void {
  for (const id of unservedMethods(compiled, hello)) {
    const at = image.hello.indexOf(id, 2);
    const method = image.methods[(at - 2) / 2];
    // what its client did not get before is no loss
    if (method === undefined || image.hello[at + 1] !== hello[hello.indexOf(id, 2) + 1]) continue;
    throw new Error(
      `${compiled.name}.${method} has another shape than ${client || "a client"} speaks; restart the server, and who uses it`,
    );
  }
}

/** Writes it into memory of its own: handle number and bytes. */
export function writeImage(image: HandOver): { state: number; size: number } | Failure {
  const text = JSON.stringify(image);
  const bytes = new Uint8Array(3 * text.length);
  const size = uusi.encode(text, bytes, 0);
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
  const view = memory.map(1, 0, size);
  if (view instanceof Failure) throw new Error(view.sentence);
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  memory.close();
  return JSON.parse(uusi.decode(bytes, 0, size) ?? "") as HandOver;
}
