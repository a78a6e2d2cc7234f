// What init tells a service of a new client's grants, as lines that the client can't choose: `connect RULE`, `listen RULE`.
// Invariant: a client without terms is granted nothing beyond the channel itself.
import type { NetRules } from "./net-rules.ts";

/** The terms of a manifest's or an account's `net`. */
export function netTerms(net: NetRules | undefined): string[] {
  if (net === undefined) return [];
  const { connect = [], listen = [] } = net;
  return [...connect.map((rule) => `connect ${rule}`), ...listen.map((rule) => `listen ${rule}`)];
}

/** The rules that terms speak of. */
export function rulesOfTerms(terms: readonly string[]): NetRules {
  const of = (word: string) =>
    terms.filter((each) => each.startsWith(word)).map((each) => each.slice(word.length));
  return { connect: of("connect "), listen: of("listen ") };
}
