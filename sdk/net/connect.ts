// `connect`: a TCP connection to a host and port.
import { Failure } from "../contract/failure.ts";
import { TcpStream as Contract } from "../../servers/netd/contract.ts";
import type { Network, Patience } from "./network.ts";
import { TcpStream } from "./tcp-stream.ts";

const DEFAULT_TIMEOUT = 30_000_000_000;
/** The server's own answer comes first: it says more. */
const GRACE = 1_000_000_000;

/**
 * Connects to an IPv4 address in dotted decimal, within 30 s unless told otherwise. Failures: CONNECTION_REFUSED, TIMED_OUT,
 * UNREACHABLE, NO_ROUTE and the others of `netFailures`.
 */
export async function connect(
  network: Network,
  host: string,
  port: number,
  patience: Patience = {},
): Promise<TcpStream | Failure> {
  const timeout = patience.timeout ?? DEFAULT_TIMEOUT;
  const settings = { timeout: timeout + GRACE, cancel: patience.cancel };
  const opened = await network.net.connect({ host, port, timeout }, settings);
  if (opened instanceof Failure) return opened;
  const { stream, address, localPort } = opened;
  return new TcpStream(network, network.world.open(Contract, stream), address, localPort);
}
