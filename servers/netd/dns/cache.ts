// What is known of names, for as long as its servers said.
//
// Invariant: at most MAX_ENTRIES; the one that was put in first goes first. Nothing is believed for longer than a day.

import type { Finding } from "./answer.ts";

interface Entry {
  readonly finding: Finding;
  /** Milliseconds. */
  readonly until: number;
}

/** Findings by type and name. */
export interface DnsCache {
  readonly entries: Map<string, Entry>;
}

const MAX_ENTRIES = 256;
const MAX_TTL = 86_400;

/** An empty cache. */
export function createDnsCache(): DnsCache {
  return { entries: new Map() };
}

/** What is known, with the time that is left of it; undefined when nothing is. */
export function lookUp(cache: DnsCache, key: string, now: number): Finding | undefined {
  const entry = cache.entries.get(key);
  if (entry === undefined) return undefined;
  if (now >= entry.until) {
    cache.entries.delete(key);
    return undefined;
  }
  return { ...entry.finding, ttl: Math.ceil((entry.until - now) / 1000) };
}

/** Keeps a finding; one without time to live is not kept. */
export function keep(cache: DnsCache, key: string, finding: Finding, now: number): void {
  const { entries } = cache;
  entries.delete(key);
  if (finding.ttl <= 0) return;
  if (entries.size >= MAX_ENTRIES) {
    const first = entries.keys().next();
    if (first.done !== true) entries.delete(first.value);
  }
  entries.set(key, { finding, until: now + Math.min(finding.ttl, MAX_TTL) * 1000 });
}
