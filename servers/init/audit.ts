// The audit: what was refused, gathered by who and what, and which grants were taken up (docs/audit.md).
// Invariant: at most MOST kinds of refusal are kept, and a use only of what a manifest grants, so that no server fills init's memory.
import type { PackedManifest } from "../../sdk/contract/manifest.ts";

/** Between two log lines about the same thing. */
export const QUIET = 10e9;
const MOST = 200;
/** Of them that one server may tell, so that it can't crowd out what others tell. */
const MOST_BY = 40;

/** What is known of a refusal. */
export interface Denied {
  /** who refused: `init`, or a server */
  readonly by: string;
  /** who was refused: a server, or `account:NAME` */
  readonly who: string;
  /** what was tried, as `pci.claim` or `bootstrap.open` */
  readonly what: string;
  /** the manifest line that would allow it, "" where none would */
  readonly field: string;
  readonly value: string;
  readonly sentence: string;
}

/** One kind of refusal. */
export interface Refusal extends Denied {
  count: number;
  lastLogged: number;
}

/** All that was refused and all that was used. */
export interface Audit {
  readonly refusals: Refusal[];
  /** by server: `uses /svc/net`, `devices serial`, ... */
  readonly used: { [server: string]: { [line: string]: true | undefined } | undefined };
}

/** An empty one. */
export function emptyAudit(): Audit {
  return { refusals: [], used: {} };
}

/** Counts a refusal; true when it should be logged now. */
export function auditRefused(audit: Audit, denied: Denied, now: number, times = 1): boolean {
  const { by, who, what, field, value } = denied;
  let refusal = audit.refusals.find(
    (each) =>
      each.who === who &&
      each.what === what &&
      each.by === by &&
      each.field === field &&
      each.value === value,
  );
  if (refusal === undefined) {
    if (audit.refusals.length >= MOST) return false;
    if (by !== "init" && audit.refusals.filter((each) => each.by === by).length >= MOST_BY)
      return false;
    refusal = { ...denied, count: 0, lastLogged: -Infinity };
    audit.refusals.push(refusal);
  }
  refusal.count += times;
  if (now - refusal.lastLogged < QUIET) return false;
  refusal.lastLogged = now;
  return true;
}

/** A line of a manifest. */
export interface Line {
  readonly field: string;
  readonly value: string;
}

/** The lines of a manifest that grant something, in its order. What it serves and its limits grant nothing. */
export function grantLines(manifest: PackedManifest): Line[] {
  const { uses, devices, privileges, may = [] } = manifest;
  const lines: Line[] = [];
  const add = (field: string, values: readonly string[]) => {
    for (const value of values) lines.push({ field, value });
  };
  add("uses", uses);
  add("devices", devices);
  // The seed comes with START and leaves no trace.
  add(
    "privileges",
    privileges.filter((name) => name !== "seed"),
  );
  add("may", may);
  if (manifest.files === true) lines.push({ field: "files", value: "true" });
  return lines;
}

/** A server has taken up what a line of its manifest grants; a line that it does not have is nothing. */
export function auditUsed(audit: Audit, manifest: PackedManifest, { field, value }: Line): void {
  const known = grantLines(manifest).some((each) => each.field === field && each.value === value);
  if (!known) return;
  let used = audit.used[manifest.name];
  if (used === undefined) audit.used[manifest.name] = used = {};
  used[`${field} ${value}`] = true;
}

/** Grants of a manifest that its server has not taken up since the boot. */
export function unusedLines(audit: Audit, manifest: PackedManifest): Line[] {
  const used = audit.used[manifest.name] ?? {};
  return grantLines(manifest).filter(({ field, value }) => used[`${field} ${value}`] !== true);
}

/** The manifest line behind a grant of a START payload (grants.ts); undefined for what no line names. */
export function lineOfGrant(grant: string): Line | undefined {
  if (grant.startsWith("device:"))
    return { field: "devices", value: grant.slice(7).split("/")[0] as string };
  if (grant === "system") return { field: "privileges", value: "system-info" };
  if (grant === "control") return { field: "privileges", value: "system-control" };
  if (grant === "log-read") return { field: "privileges", value: "log-read" };
  if (grant === "files") return { field: "files", value: "true" };
  return undefined;
}
