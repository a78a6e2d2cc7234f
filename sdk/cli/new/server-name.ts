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
  // `serves` maps names to contracts, `uses` is a list: only a server that serves the name is in the way.
  const owner = initServes.includes(name)
    ? "init"
    : Object.keys(manifests).find((each) => manifests[each]!.includes(`"/svc/${name}":`));
  if (owner !== undefined) return `/svc/${name} is served by ${owner}; choose another name`;
  const id = identifierOf(name);
  if (Object.hasOwn(globalThis, id))
    return `its contract would be called ${id}, as a part of the language is; choose another name`;
  return undefined;
}
