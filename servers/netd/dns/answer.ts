// What an answer says about a name: follows its aliases through the answer's own records.
//
// Invariant: only records that the chain of aliases leads to count; the rest of an answer is hearsay. A chain has at most
// MAX_ALIASES links, and none of its names twice.

import { type DnsResponse, NAME_ERROR, NO_ERROR } from "./message.ts";
import { TYPE_CNAME } from "./record-type.ts";

/** What is known of a name. */
export interface Finding {
  readonly outcome: "found" | "no-name" | "no-data";
  /** The name behind all aliases. */
  readonly canonical: string;
  /** Addresses or names as text, as the server ordered them. */
  readonly values: readonly string[];
  /** For how long it may be believed, in seconds. */
  readonly ttl: number;
}

/** The chain of a name so far. */
export interface Chain {
  /** The name that was asked for, and each alias' target. */
  readonly names: readonly string[];
  /** The shortest time on the way, in seconds. */
  readonly ttl: number;
}

/** The answer does not end the chain: its last name has to be asked for. */
export interface Continued {
  readonly outcome: "alias";
  readonly chain: Chain;
}

const MAX_ALIASES = 8;
const MAX_VALUES = 32;
/** Absence is believed for this long at most, and where the server says nothing for the second (RFC 2308 section 5). */
const NEGATIVE_MOST = 900;
const NEGATIVE_UNSAID = 30;

/** Reads an answer; `loop` when the aliases go in circles or never end, `bad` when the server failed or refused. */
export function findAnswer(
  response: DnsResponse,
  type: number,
  chain: Chain,
): Finding | Continued | "loop" | "bad" {
  if (response.code !== NO_ERROR && response.code !== NAME_ERROR) return "bad";
  const names = chain.names.slice();
  let ttl = chain.ttl;
  for (;;) {
    const name = names[names.length - 1];
    const values: string[] = [];
    let alias: string | undefined;
    for (let index = 0; index < response.answers.length; index++) {
      const record = response.answers[index];
      if (record.name !== name) continue;
      if (record.type === type) {
        if (values.length < MAX_VALUES) values.push(record.value);
        ttl = Math.min(ttl, record.ttl);
      } else if (record.type === TYPE_CNAME && alias === undefined) {
        alias = record.value;
        ttl = Math.min(ttl, record.ttl);
      }
    }
    if (values.length > 0) return { outcome: "found", canonical: name, values, ttl };
    if (alias === undefined) break;
    if (names.includes(alias) || names.length > MAX_ALIASES) return "loop";
    names.push(alias);
  }
  const canonical = names[names.length - 1];
  const said = response.negativeTtl;
  const believed = said < 0 ? NEGATIVE_UNSAID : Math.min(said, NEGATIVE_MOST);
  const absent = { canonical, values: [], ttl: Math.min(ttl, believed) };
  if (response.code === NAME_ERROR) return { outcome: "no-name", ...absent };
  if (names.length > chain.names.length && said < 0)
    return { outcome: "alias", chain: { names, ttl } };
  return { outcome: "no-data", ...absent };
}
