// `ping`: one echo request and how it ended.
import type { Network, Patience } from "./network.ts";

const DEFAULT_TIMEOUT = 2_000_000_000;
const DEFAULT_LENGTH = 56;
/** The server's own answer comes first: it says more. */
const GRACE = 1_000_000_000;

/** Asks an IPv4 address in dotted decimal for an echo of `length` bytes, within 2 s unless told otherwise. */
export function ping(
  network: Network,
  host: string,
  options: Patience & { readonly length?: number } = {},
) {
  const { timeout = DEFAULT_TIMEOUT, length = DEFAULT_LENGTH, cancel } = options;
  return network.net.ping({ host, length, timeout }, { timeout: timeout + GRACE, cancel });
}
