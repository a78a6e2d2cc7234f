// What `serve` has made in this process, and what it finds when it takes over from another one (sdk/hot).
import type { Compiled } from "../contract/compiled.ts";
import type { Fields } from "../contract/field.ts";
import type { Endpoint } from "./endpoint.ts";

/** A name that this process serves. */
export interface Served {
  readonly name: string;
  /** the service, with its peers */
  readonly service: unknown;
  readonly listener: Endpoint;
  /** schema of each peer's `session`, where it can move to new code */
  readonly session: Fields | undefined;
}

/** A client whose channel was handed over. */
export interface Inherited {
  /** handle of the channel's end */
  readonly number: number;
  readonly client: string;
  readonly badge: number;
  /** words of the client's hello, undefined when it has not come yet */
  readonly hello: readonly number[] | undefined;
  readonly session: unknown;
}

export const servedNames: Served[] = [];

/** By the name they were served under: the clients, once the contract and the schema of sessions are known. May throw a refusal. */
export const inherited: {
  [name: string]:
    | ((compiled: Compiled, session: Fields | undefined) => readonly Inherited[])
    | undefined;
} = {};
