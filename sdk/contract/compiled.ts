// The compiled form of a contract: ids, hashes and straight-line codecs. Made at build time for bundles; on Node at first use.
import type { Reader, Writer } from "./channel.ts";
import { compile } from "./compile.ts";
import type { Contract, FullPolicy, Methods } from "./contract.ts";

/** Encodes `value` from `writer.start + 4` on; the end of the message, or -1 with `writer.problem` set. */
export type Encoder = (writer: Writer, value: unknown) => number;
/** Decodes from `reader.at + 4` to `reader.end`; undefined when malformed. */
export type Decoder = (reader: Reader) => object | undefined;

export interface CompiledMethod {
  readonly name: string;
  readonly id: number;
  readonly hash: number;
  /** what the hash is of (schema-text.ts) */
  readonly schema: string;
  readonly call: boolean;
  /** an event for the client */
  readonly toClient: boolean;
  readonly full: FullPolicy;
  readonly retry: boolean;
  /** handles of a request or event: the number, or a function of the value */
  readonly handles: number | ((value: unknown) => number);
  readonly encode: Encoder;
  readonly decode: Decoder;
  readonly replyHandles: number | ((value: unknown) => number);
  readonly encodeReply: Encoder | undefined;
  readonly decodeReply: Decoder | undefined;
  /** holds a secret: the submit area is zeroed after it has left */
  readonly secret: boolean;
  readonly replySecret: boolean;
  /** on the serving side: calls whose handlers have not come to their end */
  suspended?: number;
}

/** How many handles a message with these fields has; asked only where it is not 0 for all, since `typeof` costs as much as a field. */
export function handlesIn(handles: CompiledMethod["handles"], fields: unknown): number {
  return typeof handles === "number" ? handles : handles(fields);
}

export interface Compiled {
  readonly name: string;
  readonly version: number;
  readonly id: number;
  readonly methods: readonly CompiledMethod[];
  /** place of a method in `methods`, -1 when there is none */
  readonly find: (id: number) => number;
  /** hello request as words: contract id, version | count << 16, then id and hash of each method */
  readonly hello: readonly number[];
  /** prototypes that client.ts and server.ts make once for each contract */
  clientShape?: unknown;
  serverShape?: unknown;
}

/** The compiled form of any contract. */
export function compiledOf(contract: Contract<Methods>): Compiled {
  return (contract.compiled ??= compile(contract)) as Compiled;
}
