// How a connection ends, and what is said of it.
import { netFailures } from "../../servers/netd/contract.ts";
import { type Failure, failures, refuse } from "../contract/failure.ts";

/** How the connection ended. */
export type Outcome = "finished" | "reset" | "timed-out" | "unreachable" | "aborted" | "restarted";

/** What a read or write gets afterwards. */
export const sentences: { readonly [outcome in Exclude<Outcome, "finished">]: Failure } = {
  reset: refuse(netFailures.RESET, "the peer has reset the connection; open a new one"),
  "timed-out": refuse(netFailures.TIMED_OUT, "the peer is silent; check that it is up"),
  unreachable: refuse(netFailures.UNREACHABLE, "the address or the way to the peer is lost"),
  aborted: refuse(netFailures.FINISHED, "the connection was aborted on this side"),
  restarted: refuse(
    failures.UNAVAILABLE,
    "the network server has restarted, and the connection was not whole: it is reset; connect again",
  ),
};
