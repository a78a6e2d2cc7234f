// `narrow`: a network that can do less, to be handed on.
import { Failure } from "../contract/failure.ts";
import type { NetRules } from "../contract/net-rules.ts";
import type { Network, Patience } from "./network.ts";

/**
 * A capability for what `rules` allow of this network, as a handle: to be sent to a program that works for this one, and opened there
 * as a client of `Net`. What is opened through it counts as this program's, and is refused what this program is refused.
 */
export async function narrow(
  network: Network,
  rules: NetRules,
  patience: Patience = {},
): Promise<number | Failure> {
  const { connect = [], listen = [] } = rules;
  const made = await network.net.narrow({ connect: [...connect], listen: [...listen] }, patience);
  return made instanceof Failure ? made : made.network;
}
