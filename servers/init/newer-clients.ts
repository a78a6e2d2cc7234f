// New code of a client that is made with a newer contract than its server runs: its calls would end with UNKNOWN_METHOD, so the server has to be
// swapped in the same step. Invariant: what can't be compared (packed without methods) is no reason.
import { lackingMethod } from "../../sdk/contract/method-hashes.ts";
import { findName } from "./names.ts";
import type { Change } from "./swap.ts";
import type { SystemState } from "./system-state.ts";

/** Why a change goes no further, and the servers that have to come along; undefined when it may go on. */
export function newerThanServer(
  system: SystemState,
  { next }: Change,
  changes: readonly Change[],
): { readonly why: string; readonly along: readonly string[] } | undefined {
  const { speaks = [], uses } = next.entry.manifest;
  let why = "";
  const along: string[] = [];
  for (const name of uses) {
    const server = findName(system.names, name)?.server;
    if (server === undefined) continue;
    const change = changes.find((each) => each.server === server);
    const { manifest } = change === undefined ? server.entry : change.next.entry;
    const serves = manifest.serves.find((each) => each.name === name);
    // Channels that it hands out come with the name.
    for (const { contract, methods } of serves === undefined
      ? []
      : [serves, ...(manifest.hands ?? [])]) {
      const spoken = speaks.find((each) => each.contract === contract);
      const lacking = methods && spoken ? lackingMethod(spoken.methods, methods) : undefined;
      if (lacking === undefined) continue;
      if (change === undefined && !along.includes(server.entry.name)) along.push(server.entry.name);
      const how = lacking.other ? "serves it in another shape" : "does not serve it";
      why ||= `contract ${contract}.${lacking.method}: ${server.entry.name} ${how}, and this code is made with it`;
    }
  }
  return why === "" ? undefined : { why, along };
}
