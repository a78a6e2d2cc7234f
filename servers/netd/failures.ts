// The stack's errors as failures of the contract.
// Invariant: every code of net-error.ts has its number in the contract, and its sentence goes along.
import { type Failure, refuse } from "../../sdk/contract/failure.ts";
import { netFailures } from "./contract.ts";
import { type NetErrorCode, netErrorSentences } from "./net-error.ts";

const numbers: { readonly [code in NetErrorCode]: number } = {
  "net.link-down": netFailures.LINK_DOWN,
  "net.no-address": netFailures.NO_ADDRESS,
  "net.no-route": netFailures.NO_ROUTE,
  "net.bad-address": netFailures.BAD_ADDRESS,
  "net.broadcast": netFailures.BROADCAST,
  "net.too-large": netFailures.TOO_LARGE,
  "net.busy": netFailures.QUEUE_FULL,
  "net.port-in-use": netFailures.PORT_IN_USE,
  "net.bad-port": netFailures.BAD_PORT,
  "net.too-many-sockets": netFailures.TOO_MANY,
  "net.bad-socket": netFailures.CLOSED,
  "net.too-many-pings": netFailures.TOO_MANY,
  "net.bad-name": netFailures.BAD_NAME,
  "net.no-name-server": netFailures.NO_NAME_SERVER,
  "net.names-silent": netFailures.TIMED_OUT,
  "net.names-failed": netFailures.NAMES_FAILED,
  "net.name-loop": netFailures.BAD_NAME,
  "net.too-many-names": netFailures.TOO_MANY,
  "net.refused": netFailures.CONNECTION_REFUSED,
  "net.reset": netFailures.RESET,
  "net.timed-out": netFailures.TIMED_OUT,
  "net.unreachable": netFailures.UNREACHABLE,
  "net.finished": netFailures.FINISHED,
  "net.too-many-connections": netFailures.TOO_MANY,
  "net.too-many-sends": netFailures.QUEUE_FULL,
};

/** The failure for a code. */
export function netFailure(code: NetErrorCode): Failure {
  return refuse(numbers[code], netErrorSentences[code]);
}
