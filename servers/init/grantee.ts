// Whoever holds a session: an account, or a server whose manifest uses /svc/session. What it may do is written in one place.
// Invariant: `place` is where a reader of the refusal adds the line.
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import type { NetRules } from "../../sdk/contract/net-rules.ts";
import type { Account } from "./configuration.ts";
import { type Permission, permissions } from "./contract.ts";

export interface Grantee {
  readonly name: string;
  /** As in sentences: `account anna`, `server dev`. */
  readonly title: string;
  /** As servers see it when it opens a name. */
  readonly client: string;
  readonly may: readonly Permission[];
  readonly uses: readonly string[];
  readonly net: NetRules | undefined;
  readonly place: string;
}

/** An account's grants: its fragment of the configuration. */
export function accountGrantee({ name, may, uses, net }: Account): Grantee {
  const place = "the image's accounts";
  return { name, title: `account ${name}`, client: `account:${name}`, may, uses, net, place };
}

/** A server's grants: its manifest. */
export function serverGrantee({ name, may = [], uses, net }: PackedManifest): Grantee {
  return {
    name,
    title: `server ${name}`,
    client: name,
    may: permissions.filter((each) => may.includes(each)),
    uses,
    net,
    place: `servers/${name}/manifest.ts`,
  };
}
