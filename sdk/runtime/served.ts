// What `serve` has made in this process, and what it finds when it takes over from another one (sdk/hot).
import type { Compiled } from "../contract/compiled.ts";
import type { Fields } from "../contract/field.ts";
import type { Endpoint } from "./endpoint.ts";

/** How the sessions of a service move: as values of a schema. */
export interface SessionMove {
  readonly schema: Fields;
  /** the values of a session; default: itself */
  readonly save?: (session: never, peer: never) => object;
  /** the session of values, for a peer that has its name and terms; default: the values */
  readonly load?: (values: never, peer: never) => unknown;
}

/** A name that this process serves. */
export interface Served {
  readonly name: string;
  /** the service, with its peers */
  readonly service: unknown;
  readonly listener: Endpoint;
  /** how each peer's `session` moves to new code, where it can */
  readonly session: SessionMove | undefined;
}

/** A client whose channel was handed over. */
export interface Inherited {
  /** handle of the channel's end */
  readonly number: number;
  readonly client: string;
  readonly badge: number;
  /** what init said of its grants */
  readonly terms: readonly string[];
  /** words of the client's hello, undefined when it has not come yet */
  readonly hello: readonly number[] | undefined;
  /** the values of its session, undefined without one */
  readonly session: object | undefined;
}

export const servedNames: Served[] = [];

/** By the name they were served under: the clients, once the contract and the schema of sessions are known. May throw a refusal. */
export const inherited: {
  [name: string]:
    | ((compiled: Compiled, session: SessionMove | undefined) => readonly Inherited[])
    | undefined;
} = {};
