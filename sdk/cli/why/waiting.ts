// Who waits for whom: from what each server says it waits for, chains and circles. Pure.
// Invariant: a circle is named once, from its first member in the alphabet.
import type { ServiceFacts, WaitsFacts } from "../channel/facts.ts";

/** One server waits for another. */
export interface Edge {
  readonly from: string;
  /** a server; `?` when the channel is private and its contract's home is not known */
  readonly to: string;
  /** `contract.method`, and the service that it went to */
  readonly call: string;
  /** ns that it has waited */
  readonly time: number;
}

/** All edges. `homes`: contract name -> server that defines it, for private channels. */
export function edgesOf(
  waits: ReadonlyMap<string, WaitsFacts>,
  services: readonly ServiceFacts[],
  homes: ReadonlyMap<string, string>,
  now: number,
): Edge[] {
  const servers = new Map(services.map((each) => [each.name, each.server]));
  const edges: Edge[] = [];
  for (const [from, { calls }] of waits)
    for (const { contract, method, service, since } of calls) {
      // whoever asks waits for the answer
      if (contract === "session" && method === "waits") continue;
      const named = service === "" ? undefined : servers.get(service);
      const to = named ?? (contract === "bootstrap" ? "init" : (homes.get(contract) ?? "?"));
      const call = `${contract}.${method}${service === "" ? "" : ` at ${service}`}`;
      edges.push({ from, to, call, time: Math.max(0, now - since) });
    }
  return edges;
}

/** The circles among the edges, as lists of servers. */
export function circlesOf(edges: readonly Edge[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const found = new Map<string, string[]>();
  const walk = (server: string, path: readonly string[]): void => {
    const place = path.indexOf(server);
    if (place >= 0) {
      const circle = path.slice(place);
      const first = circle.indexOf([...circle].sort()[0]!);
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      found.set(turned.join(" "), turned);
      return;
    }
    for (const other of next.get(server) ?? []) walk(other, [...path, server]);
  };
  for (const server of next.keys()) walk(server, []);
  return [...found.values()].sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** The edges that lead on from a server, the nearest first, and those that lead to it. */
export function around(edges: readonly Edge[], server: string): { on: Edge[]; to: Edge[] } {
  const on: Edge[] = [];
  const seen = new Set<string>();
  for (let ring = [server]; ring.length > 0; ) {
    const further: string[] = [];
    for (const from of ring) {
      if (seen.has(from)) continue;
      seen.add(from);
      for (const edge of edges)
        if (edge.from === from) {
          on.push(edge);
          further.push(edge.to);
        }
    }
    ring = further;
  }
  return { on, to: edges.filter((edge) => edge.to === server && !on.includes(edge)) };
}
