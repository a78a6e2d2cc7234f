// The neighbour table as `Net.neighbours` shows it.
// Invariant: at most 64 entries, which one message holds.
import type { Reply } from "../../sdk/contract/contract.ts";
import type { Net } from "./contract.ts";
import { formatMac } from "./mac-address.ts";
import type { Stack } from "./stack.ts";

const MOST = 64;
const NS_PER_MS = 1_000_000;

/** Every neighbour that is known or asked for; `now` in milliseconds. */
export function neighbourList(
  { wires }: Pick<Stack, "wires">,
  now: number,
): Reply<(typeof Net.methods)["neighbours"]>["list"] {
  return wires
    .flatMap(({ neighbours }) => neighbours.slots)
    .filter(({ ip }) => ip !== 0)
    .slice(0, MOST)
    .map(({ ip, mac, asked, until }) => ({
      address: ip,
      mac: mac === 0 ? "" : formatMac(mac),
      state: mac === 0 ? "asked" : now < until || asked > 0 ? "fresh" : "old",
      validFor: asked > 0 ? 0 : Math.round(Math.max(0, until - now) * NS_PER_MS),
    }));
}
