// `connect`: a TCP connection to a host and port.
import { Failure } from "../contract/failure.ts";
import { TcpStream as Contract } from "../../servers/netd/contract.ts";
import type { Network, Patience } from "./network.ts";
import { addressesOf } from "./resolve.ts";
import { TcpStream } from "./tcp-stream.ts";

const DEFAULT_TIMEOUT = 30_000_000_000;
/** The server's own answer comes first: it says more. */
const GRACE = 1_000_000_000;

/**
 * Connects to a host, given by name or IPv4 address, within 30 s unless told otherwise, for the name and for each of its addresses,
 * which are tried in order. Failures: CONNECTION_REFUSED, TIMED_OUT, UNREACHABLE, NO_ROUTE and the others of `netFailures`.
 */
export async function connect(
  network: Network,
  host: string,
  port: number,
  patience: Patience = {},
): Promise<TcpStream | Failure> {
  const { cancel } = patience;
  const timeout = patience.timeout ?? DEFAULT_TIMEOUT;
  const addresses = await addressesOf(network, host, { timeout, cancel });
  if (addresses instanceof Failure) return addresses;
  let failure: Failure | undefined;
  for (let index = 0; index < addresses.length; index++) {
    const request = { host: addresses[index]!, port, timeout };
    const opened = await network.net.connect(request, { timeout: timeout + GRACE, cancel });
    if (!(opened instanceof Failure)) {
      const { stream, address, localPort } = opened;
      return new TcpStream(network, network.world.open(Contract, stream), address, localPort);
    }
    failure = opened;
    if (cancel?.cancelled) break;
  }
  return failure!;
}
