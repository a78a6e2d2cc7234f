// `connect`: a TCP connection to a host and port.
import { Failure } from "../contract/failure.ts";
import { TcpStream as Contract } from "../../servers/netd/contract.ts";
import type { Network, Patience } from "./network.ts";
import { TcpStream } from "./tcp-stream.ts";

const DEFAULT_TIMEOUT = 30_000_000_000;
/** The server's own answer comes first: it says more. */
const GRACE = 1_000_000_000;

/**
 * Connects to a host, given by name or IPv4 address, within 30 s unless told otherwise for the name and all of its addresses, which
 * are tried in order. Failures: REFUSED (names the manifest line), NOT_FOUND, CONNECTION_REFUSED, TIMED_OUT, UNREACHABLE, NO_ROUTE and
 * the others of `netFailures`.
 */
export async function connect(
  network: Network,
  host: string,
  port: number,
  patience: Patience = {},
): Promise<TcpStream | Failure> {
  const end = await connectEnd(network, host, port, patience);
  return end instanceof Failure ? end : streamOf(network, end);
}

/** A connection as a capability that is not used here: to be handed on in a message, and opened there by `streamOf`. */
export interface StreamEnd {
  /** the handle; it belongs to whoever has it */
  readonly stream: number;
  readonly address: number;
  readonly localPort: number;
}

/** As `connect`, for somebody else, who may `only` read or write where that is said (`lend.ts` makes it one that can be taken back). */
export async function connectEnd(
  network: Network,
  host: string,
  port: number,
  options: Patience & { readonly only?: "read" | "write" } = {},
): Promise<StreamEnd | Failure> {
  const { cancel, timeout = DEFAULT_TIMEOUT, only } = options;
  const request = { host, port, timeout, ...(only === undefined ? {} : { only }) };
  return network.net.connect(request, { timeout: timeout + GRACE, cancel });
}

/** Opens a connection that somebody handed on. */
export function streamOf(world: Pick<Network, "world">, end: StreamEnd): TcpStream {
  const { stream, address, localPort } = end;
  return new TcpStream(world, world.world.open(Contract, stream), address, localPort);
}
