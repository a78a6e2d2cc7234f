// The host side of `bridge.tape`: collects arguments, makes the call outside, hands the answer in as a stream of values.
// Invariant: a script that waits for an answer repeats its host call, which gives nothing away until the answer is there.
import { Failure } from "../../sdk/contract/failure.ts";
import type { HostCall, HostFn } from "../../tape/interp/machine.ts";
import { bytesOf, toByteString } from "../../tape/source/utf8.ts";
import type { Journal } from "./journal.ts";

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

/** Makes a call outside: `name` is what the script's module says. */
export type Outside = (name: string, args: readonly Value[]) => Promise<Value | Failure>;

/** Kinds as `bridge.tape` numbers them. */
const BOOL = 1;
const INTEGER = 2;
const FLOAT = 3;
const STRING = 4;
const LIST = 5;
const RECORD = 6;

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

/** The host functions of one run. */
export function exchangeHosts(
  outside: Outside,
  journal: Journal,
  wait: Wait,
  refuse: Refuse,
): { [name: string]: HostFn } {
  let args: Value[] = [];
  let asked = false;
  let answer: { readonly value: Value | Failure } | undefined;
  let stream: (number | bigint | Uint8Array)[] = [];
  let at = 0;
  const payload = () => stream[at + 1] ?? 0;

  const take = (m: HostCall, value: Value | Failure) => {
    asked = false;
    answer = undefined;
    args = [];
    stream = [];
    at = -2;
    if (value instanceof Failure) refuse(m, value.sentence);
    else flatten(value, stream);
  };

  return {
    "bridge.text": (m) => void args.push(m.bytes(m.int(0), m.int(1))),
    "bridge.int": (m) => void args.push(Number(m.long(0))),
    "bridge.float": (m) => void args.push(m.double(0)),
    "bridge.bool": (m) => void args.push(m.long(0) !== 0n),
    "bridge.call": (m) => {
      if (answer !== undefined) return take(m, answer.value);
      if (asked) return;
      const kept = journal.replay();
      if (kept !== undefined) return take(m, kept.value as Value | Failure);
      asked = true;
      const name = m.bytes(m.int(0), m.int(1));
      wait(
        m,
        outside(name, args).then((value) => {
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
}
