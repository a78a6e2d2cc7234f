// The host side of `bridge.tape`: collects arguments, makes the call outside, hands the answer in as a stream of values.
// Invariant: a script that waits for an answer repeats its host call, which gives nothing away until the answer is there.
import { Failure } from "../contract/failure.ts";
import type { HostCall, HostFn } from "../../tape/interp/machine.ts";
import { bytesOf, toByteString } from "../../tape/source/utf8.ts";
import { ValueBuilder } from "./value-builder.ts";

/** What may pass into a script: JSON's values and bytes. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Answers of the world that may be kept, for a program that runs again. */
export interface Answers {
  /** The answer to the call that comes next, when it was made before. */
  replay(): { readonly value: unknown } | undefined;
  /** Keeps the answer to a new call. */
  keep(value: unknown): void;
}

/** Nothing is kept. */
export const noAnswers: Answers = { replay: () => undefined, keep: () => undefined };

/** Makes a call outside: `name` is what the script's module says. */
export type Outside = (name: string, args: readonly Value[]) => Promise<Value | Failure>;

/** Kinds as `bridge.tape` numbers them. */
const BOOL = 1;
const INTEGER = 2;
const FLOAT = 3;
const STRING = 4;
const LIST = 5;
const RECORD = 6;

/** What a program exchanges with the world. */
export interface Exchange {
  readonly hosts: { readonly [name: string]: HostFn };
  /** Puts a value in, for `bridge.take`. */
  offer(value: Value): void;
  /** What was given since the last call. */
  taken(): readonly Value[];
}

/** How a host function tells the machine that it will be asked again. */
export type Wait = (m: HostCall, until: Promise<void>) => void;
/** How a host function traps with a sentence. */
export type Refuse = (m: HostCall, sentence: string) => void;

/** Flattens a value: kind and payload, lists and records by their length before their parts. */
function flatten(value: Value, into: (number | bigint | Uint8Array)[]): void {
  if (value === undefined || value === null) into.push(0, 0);
  else if (typeof value === "boolean") into.push(BOOL, value ? 1 : 0);
  else if (typeof value === "number" && !Number.isInteger(value)) into.push(FLOAT, value);
  else if (typeof value === "number" || typeof value === "bigint")
    into.push(INTEGER, BigInt(value));
  else if (typeof value === "string") into.push(STRING, bytesOf(toByteString(value)));
  else if (value instanceof Uint8Array) {
    into.push(LIST, value.length);
    for (let i = 0; i < value.length; i += 1) into.push(INTEGER, BigInt(value[i] as number));
  } else if (Array.isArray(value)) {
    into.push(LIST, value.length);
    for (let i = 0; i < value.length; i += 1) flatten(value[i] as Value, into);
  } else {
    const record = value as { readonly [key: string]: Value };
    const keys = Object.keys(record);
    into.push(RECORD, keys.length);
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] as string;
      into.push(STRING, bytesOf(toByteString(key)));
      flatten(record[key], into);
    }
  }
}

/** The exchange of one run. */
export function exchange(outside: Outside, journal: Answers, wait: Wait, refuse: Refuse): Exchange {
  const args = new ValueBuilder();
  let asked = false;
  let answer: { readonly value: Value | Failure } | undefined;
  let stream: (number | bigint | Uint8Array)[] = [];
  let at = 0;
  const payload = () => stream[at + 1] ?? 0;

  const offer = (value: Value) => {
    stream = [];
    at = -2;
    flatten(value, stream);
  };
  const take = (m: HostCall, value: Value | Failure) => {
    asked = false;
    answer = undefined;
    args.done();
    if (value instanceof Failure) refuse(m, value.sentence);
    else offer(value);
  };

  const hosts: { [name: string]: HostFn } = {
    "bridge.null": () => args.add(undefined),
    "bridge.text": (m) => args.add(m.bytes(m.int(0), m.int(1))),
    "bridge.raw": (m) => args.add(m.slice(m.int(0), m.int(1)).slice()),
    "bridge.int": (m) => args.add(Number(m.long(0))),
    "bridge.float": (m) => args.add(m.double(0)),
    "bridge.bool": (m) => args.add(m.long(0) !== 0n),
    "bridge.list": (m) => args.open("list", Number(m.long(0))),
    "bridge.record": (m) => args.open("record", Number(m.long(0))),
    "bridge.call": (m) => {
      if (answer !== undefined) return take(m, answer.value);
      if (asked) return;
      const kept = journal.replay();
      if (kept !== undefined) return take(m, kept.value as Value | Failure);
      asked = true;
      const name = m.bytes(m.int(0), m.int(1));
      wait(
        m,
        outside(name, args.done()).then((value) => {
          journal.keep(value);
          answer = { value };
        }),
      );
    },
    "bridge.next": (m) => {
      at += 2;
      m.give(0, BigInt((stream[at] as number | undefined) ?? 0));
    },
    "bridge.value": (m) => {
      const value = payload();
      m.give(0, BigInt(value instanceof Uint8Array ? value.length : value));
    },
    "bridge.real": (m) => m.give(0, payload() as number),
    "bridge.copy": (m) => {
      const value = payload();
      if (value instanceof Uint8Array) m.slice(m.int(0), value.length).set(value);
    },
  };
  return { hosts, offer, taken: () => args.done() };
}
