// The image's configuration (docs/boot-image.md): accounts, and servers with manifest and digest, parsed once at start.
// Invariant: what is not sound is not used; each fault becomes one sentence that names server or account and place.
import { checkManifest, netProblems, type PackedManifest } from "../../sdk/contract/manifest.ts";
import type { NetRules } from "../../sdk/contract/net-rules.ts";
import { type Permission, permissions } from "./contract.ts";

/** A server as the image describes it, its manifest checked. */
export interface ServerEntry {
  readonly name: string;
  /** Name of the boot image's object that holds its code. */
  readonly bundle: string;
  /** SHA-256 of the code in its two forms, hexadecimal: bytecode, and the script that the simulated nucleus runs. */
  readonly digest: string;
  readonly scriptDigest: string;
  readonly manifest: PackedManifest;
}

/** An account: a manifest fragment and a password hash. */
export interface Account {
  readonly name: string;
  password: string;
  readonly may: readonly Permission[];
  readonly uses: readonly string[];
  /** where its sessions may connect and listen; absent: nowhere */
  readonly net?: NetRules;
}

export interface Configuration {
  readonly servers: ServerEntry[];
  readonly accounts: Account[];
  readonly development: boolean;
  readonly problems: string[];
}

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

const isDigest = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/** Names of accounts and servers. */
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Parses the text of the configuration. */
export function parseConfiguration(text: string): Configuration {
  const problems: string[] = [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.push("configuration: it is no JSON; build the image again");
  }
  const root = isObject(value) ? value : {};
  const servers: ServerEntry[] = [];
  const accounts: Account[] = [];
  for (const entry of Array.isArray(root["servers"]) ? root["servers"] : []) {
    const server = parseServer(entry, problems);
    if (server !== undefined) servers.push(server);
  }
  for (const entry of Array.isArray(root["accounts"]) ? root["accounts"] : []) {
    const account = parseAccount(entry, problems);
    if (account !== undefined) accounts.push(account);
  }
  return { servers, accounts, development: root["development"] === true, problems };
}

function parseServer(entry: unknown, problems: string[]): ServerEntry | undefined {
  if (!isObject(entry) || typeof entry["name"] !== "string" || !NAME.test(entry["name"])) {
    problems.push("configuration: a server has no name of small letters, digits and dashes");
    return undefined;
  }
  const { name, bundle, digest, scriptDigest } = entry;
  if (typeof bundle !== "string" || !isDigest(digest) || !isDigest(scriptDigest)) {
    problems.push(`${name}: the configuration gives no bundle or no SHA-256 of it`);
    return undefined;
  }
  const faults = checkManifest(entry["manifest"]);
  for (const fault of faults) problems.push(`${name}: manifest ${fault.path}: ${fault.sentence}`);
  if (faults.length > 0) return undefined;
  const manifest = entry["manifest"] as PackedManifest;
  if (manifest.name !== name) {
    problems.push(
      `${name}: its manifest is of ${manifest.name}; a server carries its folder's name`,
    );
    return undefined;
  }
  return { name, bundle, digest, scriptDigest, manifest };
}

function parseAccount(entry: unknown, problems: string[]): Account | undefined {
  if (!isObject(entry) || typeof entry["name"] !== "string" || !NAME.test(entry["name"])) {
    problems.push("configuration: an account has no name of small letters, digits and dashes");
    return undefined;
  }
  const { name, password, may, uses, net } = entry;
  if (typeof password !== "string" || !password.startsWith("pbkdf2-sha256$")) {
    problems.push(`account ${name}: the password must be a pbkdf2-sha256 hash`);
    return undefined;
  }
  if (!isStrings(uses) || !isStrings(may)) {
    problems.push(`account ${name}: \`uses\` and \`may\` must be lists of words`);
    return undefined;
  }
  for (const permission of may)
    if (!(permissions as readonly string[]).includes(permission)) {
      const all = permissions.join(", ");
      problems.push(`account ${name}: may: there is no \`${permission}\`, only ${all}`);
      return undefined;
    }
  const faults = net === undefined ? [] : netProblems(net);
  for (const fault of faults) problems.push(`account ${name}: ${fault.sentence}`);
  if (faults.length > 0) return undefined;
  const grants = net === undefined ? {} : { net: net as NetRules };
  return { name, password, may: may as Permission[], uses, ...grants };
}
