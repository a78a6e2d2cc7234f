// `resolve`: the addresses of a name, or the names of an address.
import { Failure, failures } from "../contract/failure.ts";
import type { Network, Patience } from "./network.ts";

const DEFAULT_TIMEOUT = 15_000_000_000;
/** The server's own answer comes first: it says more. */
const GRACE = 1_000_000_000;

/**
 * What to look for: IPv4 addresses, IPv6 addresses, for an IPv4 address in dotted decimal its names; where mail goes (`10 mail.example.org`),
 * where a service runs (priority, weight, port, host), free text.
 */
export type ResolveKind = "a" | "aaaa" | "ptr" | "mx" | "srv" | "txt";

/**
 * Looks a name up within 15 s unless told otherwise: answers as text, in the server's order; none when the name does not exist or
 * has nothing of this kind (`outcome` says which).
 */
export async function resolve(
  network: Network,
  name: string,
  options: Patience & { readonly kind?: ResolveKind } = {},
) {
  const { timeout = DEFAULT_TIMEOUT, kind = "a", cancel } = options;
  const settings = { timeout: timeout + GRACE, cancel };
  return await network.net.resolve({ name, kind, timeout }, settings);
}

/** The IPv4 addresses of a name, at least one; or why there is none. */
export async function addressesOf(
  network: Network,
  name: string,
  patience: Patience = {},
): Promise<readonly string[] | Failure> {
  const found = await resolve(network, name, patience);
  if (found instanceof Failure) return found;
  if (found.answers.length > 0) return found.answers;
  const what = found.outcome === "no-name" ? "there is no such name" : "it has no IPv4 address";
  return new Failure(
    failures.NOT_FOUND,
    `\`${name.slice(0, 64)}\`: ${what}; check how it is written`,
  );
}
