// The audit as lines of an answer: first what was refused, then what was granted and not taken up.
import { type Line, unusedLines } from "./audit.ts";
import { findName } from "./names.ts";
import type { Server } from "./server.ts";
import type { SystemState } from "./system-state.ts";

/** Entries in one answer: 6 × at most 600 bytes. */
const PAGE = 6;

interface Entry {
  readonly kind: "denied" | "unused";
  readonly server: string;
  readonly field: string;
  readonly value: string;
  readonly count: number;
  readonly by: string;
  readonly sentence: string;
}

/** What this machine does not have can't be taken up: a device, or what a driver serves that ended since there is none. */
function isAbsent(
  { machine: { platform }, names }: SystemState,
  { entry, supervised: { phase } }: Server,
  { field, value }: Line,
): boolean {
  if (field === "uses") {
    const server = findName(names, value)?.server;
    return server?.entry.manifest.devices.length === 1 && server.supervised.phase === "stopped";
  }
  if (field !== "devices") return false;
  if (phase === "stopped" && entry.manifest.devices.length === 1) return true;
  return (
    (value === "framebuffer" && platform.framebuffer === 0) ||
    (value === "pci-host" && platform.ecam === 0)
  );
}

/** From place `from` on. A server that has not run in this boot has had no chance to take anything up, and is left out. */
export function auditEntries(
  system: SystemState,
  from: number,
): { entries: Entry[]; more: boolean } {
  const all: Entry[] = system.audit.refusals.map((each) => ({
    kind: "denied",
    server: each.who,
    field: each.field,
    value: each.value,
    count: each.count,
    by: each.by,
    sentence: each.sentence,
  }));
  for (const server of system.servers) {
    const { entry, supervised } = server;
    if (supervised.starts === 0) continue;
    for (const line of unusedLines(system.audit, entry.manifest)) {
      if (isAbsent(system, server, line)) continue;
      const { field, value } = line;
      all.push({
        kind: "unused",
        server: entry.name,
        field,
        value,
        count: 0,
        by: "init",
        sentence: `${entry.name} has not used ${value} since the boot: take it out of \`${field}\` in servers/${entry.name}/manifest.ts`,
      });
    }
  }
  return { entries: all.slice(from, from + PAGE), more: from + PAGE < all.length };
}
