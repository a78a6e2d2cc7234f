// Carries an audit over into the manifests of this source tree.
// Invariant: only servers that lie in servers/ are touched, and a manifest is written once, when all its lines are known.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditFacts } from "../channel/facts.ts";
import { Failure } from "../failure.ts";
import { addLine, removeLine } from "./edit-manifest.ts";

/** What became of one entry. */
export interface Fix {
  readonly server: string;
  readonly line: string;
  readonly done: string;
  /** false: it must be changed by hand */
  readonly fixed: boolean;
}

/** `servers`: the folder with a folder for each server. */
export function fixManifests(entries: readonly AuditFacts[], servers = "servers"): Fix[] {
  const fixes: Fix[] = [];
  const sources = new Map<string, { path: string; before: string; after: string }>();
  for (const { kind, server, field, value, sentence } of entries) {
    const line = field === "" ? sentence : `${field}: ${JSON.stringify(value)}`;
    const say = (fixed: boolean, done: string) => fixes.push({ server, line, done, fixed });
    const path = join(servers, server, "manifest.ts");
    if (field === "") say(false, "no manifest line allows this");
    else if (field.startsWith("net."))
      say(false, "write it by hand: how wide a rule is, a person decides");
    else if (!/^[a-z][a-z0-9-]*$/.test(server) || !existsSync(path))
      say(false, "it has no manifest in this tree");
    else
      try {
        const source = sources.get(path) ?? open(path);
        sources.set(path, source);
        const { after } = source;
        if (kind === "denied") source.after = addLine(after, field, value);
        else {
          source.after = removeLine(after, field, value);
          if (field === "uses") source.after = removeLine(source.after, "needs", value);
        }
        const done = kind === "denied" ? "written" : "deleted";
        say(true, source.after === after ? "stands so already" : `${done} in ${path}`);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        say(false, error.message);
      }
  }
  for (const { path, before, after } of sources.values())
    if (after !== before) writeFileSync(path, after);
  return fixes;
}

function open(path: string): { path: string; before: string; after: string } {
  const before = readFileSync(path, "utf8");
  return { path, before, after: before };
}
