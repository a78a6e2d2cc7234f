// What a manifest grants, as lines for people, and what was refused so far.
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import { netTerms } from "../../sdk/contract/terms.ts";
import type { Audit } from "./audit.ts";

/** Most lines of one answer: it must fit a message. */
const MOST = 40;

/** One line for each grant, then one for each kind of refusal. */
export function capabilityLines(manifest: PackedManifest, audit: Audit): string[] {
  const { serves, uses, devices, privileges, log, budget, weight, restart } = manifest;
  const lines = [
    ...serves.map((each) => `serves  ${each.name} (contract ${each.contract} ${each.version})`),
    ...uses.map((name) => `uses    ${name}`),
    ...devices.map((name) => `device  ${name}`),
    ...privileges.map((name) => `may     ${name}`),
    ...(manifest.may ?? []).map((name) => `may     ${name} (over /svc/session)`),
    ...(manifest.files === true ? ["files   its own, for reading"] : []),
    ...netTerms(manifest.net).map((term) => `net     ${term}`),
    ...(manifest.kernels ?? []).map((name) => `kernel  ${name}`),
    `log     ${log ? "yes" : "no"}`,
    `budget  ${budget / 1024} KiB, weight ${weight}${manifest.class === "batch" ? ", batch" : ""}`,
    `restart ${restart.when}, at most ${restart.most} in ${restart.window / 1e9} s`,
  ];
  for (const each of audit.refusals)
    if (each.who === manifest.name)
      lines.push(`refused ${each.value === "" ? each.what : each.value} (${each.count} times)`);
  return lines.length > MOST ? [...lines.slice(0, MOST), "..."] : lines;
}
