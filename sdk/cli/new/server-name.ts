// What a new server may be called. Pure.
import { identifierOf } from "./server-files.ts";

/** Names that init itself serves under /svc. */
const initServes = ["accounts", "session"];

/**
 * What is wrong with a name, undefined when nothing is.
 * @param manifests text of each server's manifest
 */
export function checkNewName(
  name: string,
  manifests: Readonly<Record<string, string>>,
): string | undefined {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 31)
    return `"${name}" is no server's name: small letters, digits and single dashes between them, at most 31`;
  if (Object.hasOwn(manifests, name)) return `servers/${name}/ exists already; choose another name`;
  const owner = initServes.includes(name)
    ? "init"
    : Object.keys(manifests).find((each) => manifests[each]!.includes(`"/svc/${name}"`));
  // A server that only uses the name has a reason to wait for this one.
  const serves = owner === "init" || /serves:/.test(manifests[owner ?? ""] ?? "");
  if (owner !== undefined && serves)
    return `/svc/${name} is served by ${owner}; choose another name`;
  const id = identifierOf(name);
  if (Object.hasOwn(globalThis, id))
    return `its contract would be called ${id}, as a part of the language is; choose another name`;
  return undefined;
}
