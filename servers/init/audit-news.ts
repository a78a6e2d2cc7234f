// News for the audit, from init's own refusals and from servers: who used what, who refused whom.
// Invariant: a server speaks for itself; of others' grants only the server of a bus does, which hands them out.
import type { Refused } from "../../sdk/contract/refusals.ts";
import { refusals } from "../../sdk/contract/refusals.ts";
import { now } from "../../sdk/runtime/time.ts";
import { auditRefused, auditUsed, type Denied, type Line, lineOfGrant } from "./audit.ts";
import { logLine } from "./machine.ts";
import type { Server } from "./server.ts";
import { findServer, type SystemState } from "./system-state.ts";

/** Fields of manifests that a refusal may name. */
const FIELDS = ["uses", "may", "devices", "privileges", "net.connect", "net.listen"];
const TEXT = 300;

function record(system: SystemState, denied: Denied, times: number): void {
  const told = auditRefused(system.audit, denied, now(), times);
  // People see their own refusals.
  if (!told || denied.who.startsWith("account:")) return;
  logLine(system.machine, `${denied.by}: refused: ${denied.sentence}`);
}

/** init's own refusals, from now on. */
export function hearRefusals(system: SystemState): void {
  refusals.heard = ({ who, what, failure }: Refused) => {
    const { field, value } = failure.line ?? { field: "", value: "" };
    const { sentence } = failure;
    record(system, { by: "init", who: who === "" ? "init" : who, what, field, value, sentence }, 1);
  };
}

/** What a server tells of a refusal; whatever it says, it is kept short and under its own name. */
export function deniedBy(
  system: SystemState,
  server: Server,
  fields: Omit<Denied, "by"> & { readonly times: number },
): void {
  const { who, what, field, value, sentence, times } = fields;
  const by = server.entry.name;
  const known = FIELDS.includes(field);
  const clean = (text: string, most: number) =>
    text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, most);
  record(
    system,
    {
      by,
      who: who === "" ? by : clean(who, 40),
      what: clean(what, 80),
      field: known ? field : "",
      value: known ? clean(value, 80) : "",
      sentence: clean(sentence, TEXT),
    },
    times,
  );
}

/** A server took up a grant, its own or (who) one that it has handed out. */
export function usedGrant(system: SystemState, server: Server, who: string, grant: string): void {
  const line = lineOfGrant(grant);
  if (line === undefined) return;
  if (who === "") usedBy(system, server.entry.name, line);
  else if (server.entry.manifest.devices.includes("pci-host")) usedBy(system, who, line);
}

/** A server, if that is its name, took up what a line of its manifest grants. */
export function usedBy(system: SystemState, name: string, line: Line): void {
  const server = findServer(system, name);
  if (server !== undefined) auditUsed(system.audit, server.entry.manifest, line);
}
