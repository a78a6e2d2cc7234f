// Field types of contracts (docs/wire.md): each carries its TypeScript value as a phantom type, so that the types of a
// contract follow from its declaration by inference. A field is plain data; the emitter turns it into straight-line code.
import type { Contract, Methods } from "./contract.ts";

/** Names of the wire types, as they stand in the canonical text of a schema. */
export type FieldType =
  | "u8"
  | "u16"
  | "u32"
  | "i8"
  | "i16"
  | "i32"
  | "u64"
  | "i64"
  | "f64"
  | "bool"
  | "time"
  | "duration"
  | "string"
  | "bytes"
  | "array"
  | "optional"
  | "struct"
  | "oneof"
  | "handle"
  | "channel"
  | "secret";

/** A field of type T on the wire. */
export interface Field<T> {
  readonly type: FieldType;
  /** element of an array, optional or secret */
  readonly inner?: Field<unknown>;
  /** fields of a struct */
  readonly fields?: Fields;
  /** words of a oneof */
  readonly words?: readonly string[];
  /** kind of a handle, or name of a channel's contract */
  readonly kind?: string;
  /** what a channel speaks */
  readonly contract?: Contract<Methods>;
  /** phantom, never present */
  readonly value?: T;
}

/** A field that may be undefined; a key of such a field may be left out. */
export interface OptionalField<T> extends Field<T | undefined> {
  readonly type: "optional";
}

// biome-ignore lint/suspicious/noExplicitAny: a schema holds fields of any value
export type Fields = { readonly [name: string]: Field<any> };

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends OptionalField<unknown> ? K : never;
}[keyof F];

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The TypeScript value of a set of fields. */
export type Values<F extends Fields> = {
  [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]>;
} & { [K in OptionalKeys<F>]?: ValueOf<F[K]> };

/** A handle number that travels in a message; it is moved to the receiver. */
export type HandleNumber = number;

/** The client end of a channel that speaks contract C, as a handle number. `open(C, end)` makes a client of it. */
// biome-ignore lint/suspicious/noExplicitAny: any contract may be spoken
export type ChannelEnd<C extends Contract<any> = Contract<Methods>> = HandleNumber & {
  readonly speaks?: C;
};

export const u8: Field<number> = { type: "u8" };
export const u16: Field<number> = { type: "u16" };
export const u32: Field<number> = { type: "u32" };
export const i8: Field<number> = { type: "i8" };
export const i16: Field<number> = { type: "i16" };
export const i32: Field<number> = { type: "i32" };
/** 64 bits on the wire; as a number it must be an integer within 0 .. 2^53 - 1. */
export const u64: Field<number> = { type: "u64" };
/** 64 bits on the wire; as a number it must be an integer within ±(2^53 - 1). */
export const i64: Field<number> = { type: "i64" };
export const f64: Field<number> = { type: "f64" };
export const bool: Field<boolean> = { type: "bool" };
/** Nanoseconds since boot, up to 2^63; beyond 2^53, which is 104 days, rounded as numbers are. */
export const time: Field<number> = { type: "time" };
/** A span in nanoseconds, within the same bounds. */
export const duration: Field<number> = { type: "duration" };
/** UTF-8, at most 65,535 bytes and what the message holds. */
export const string: Field<string> = { type: "string" };
/** A copy, at most 65,535 bytes and what the message holds. */
export const bytes: Field<Uint8Array> = { type: "bytes" };

/** A list of elements of one type. */
export function array<T>(inner: Field<T>): Field<T[]> {
  return { type: "array", inner };
}

/** A value or undefined. At the end of a message an older peer may leave it out. */
export function optional<T>(inner: Field<T>): OptionalField<T> {
  return { type: "optional", inner };
}

/** Named fields, one after the other. */
export function struct<const F extends Fields>(fields: F): Field<Values<F>> {
  return { type: "struct", fields };
}

/** One of the given words (at most 255), as a string union. */
export function oneof<const W extends readonly string[]>(...words: W): Field<W[number]> {
  return { type: "oneof", words };
}

/** Kinds of objects that a `handle` field may name. */
export type HandleKind =
  | "endpoint"
  | "reply"
  | "memory"
  | "interrupt"
  | "ioPorts"
  | "process"
  | "timer"
  | "budget"
  | "privilege"
  | "any";

/** A handle of the message, moved to the receiver. `kind` is documentation and part of the schema; the nucleus checks the real kind at use. */
export function handle(kind: HandleKind): Field<HandleNumber> {
  return { type: "handle", kind };
}

/** The client end of a channel that speaks `contract`. */
// biome-ignore lint/suspicious/noExplicitAny: any contract may be spoken
export function channel<C extends Contract<any>>(contract: C): Field<ChannelEnd<C>> {
  return { type: "channel", kind: contract.name, contract };
}

/** A field that is redacted in logs and traces and zeroed in the message buffer after use. */
export function secret<T>(inner: Field<T>): Field<T> {
  return { type: "secret", inner };
}
