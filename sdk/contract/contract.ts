// Service contracts: one TypeScript value from which wire format, client, server skeleton and validator follow.
// A contract is data; the codecs are straight-line code made from it by emit.ts, at build time for bundles.
import type { Fields, Values } from "./field.ts";

/** What a client may do with a call whose server crashed: repeat it, or report MAYBE_EXECUTED. */
export interface CallOptions {
  readonly retry?: "safe";
}

/** What happens to an event whose receiver's queue is full. */
export type FullPolicy = "coalesce" | "drop-oldest" | "close";

export interface EventOptions {
  /** default "close": the sender closes the channel; "coalesce" keeps only the latest; "drop-oldest" keeps the latest 64 */
  readonly full?: FullPolicy;
  /** who receives it; default "client" */
  readonly to?: "client" | "server";
}

export interface CallMethod<Q extends Fields = Fields, P extends Fields = Fields> {
  readonly kind: "call";
  readonly request: Q;
  readonly reply: P;
  readonly retry: boolean;
}

export interface EventMethod<F extends Fields = Fields, To extends "client" | "server" = "client"> {
  readonly kind: "event";
  readonly fields: F;
  readonly to: To;
  readonly full: FullPolicy;
}

export type Method = CallMethod | EventMethod<Fields, "client" | "server">;
export type Methods = { readonly [name: string]: Method };

export interface Contract<M extends Methods> {
  readonly name: string;
  readonly version: number;
  readonly methods: M;
  /** compiled form: present in bundles, made on first use on Node */
  compiled?: unknown;
}

/** A method with a reply. */
export function call<const Q extends Fields, const P extends Fields>(
  request: Q,
  reply: P,
  options?: CallOptions,
): CallMethod<Q, P> {
  return { kind: "call", request, reply, retry: options?.retry === "safe" };
}

/** A method without a reply, by default from server to client. */
export function event<
  const F extends Fields,
  const O extends EventOptions = { readonly to: "client" },
>(fields: F, options?: O): EventMethod<F, O extends { to: "server" } ? "server" : "client"> {
  return {
    kind: "event",
    fields,
    to: (options?.to ?? "client") as O extends { to: "server" } ? "server" : "client",
    full: options?.full ?? "close",
  };
}

/** Defines a contract. Throws (at build or load) when two ids collide or a name is reserved: a fault of the author. */
export function contract<const M extends Methods>(
  name: string,
  version: number,
  methods: M,
): Contract<M> {
  return { name, version, methods };
}

export type Request<C> = C extends CallMethod<infer Q, Fields> ? Values<Q> : never;
export type Reply<C> = C extends CallMethod<Fields, infer P> ? Values<P> : never;
export type EventFields<E> =
  E extends EventMethod<infer F, "client" | "server"> ? Values<F> : never;

/** Names of the calls, and of the events to one side. */
export type CallNames<M extends Methods> = {
  [K in keyof M]: M[K] extends CallMethod ? K : never;
}[keyof M];
export type EventNames<M extends Methods, To extends "client" | "server"> = {
  [K in keyof M]: M[K] extends EventMethod<Fields, To> ? K : never;
}[keyof M];
