// The network as programs see it: its state, echo requests, and UDP sockets as channels of their own.
// Invariant: a socket is open exactly as long as its channel; nothing here names another client's socket.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import {
  array,
  bool,
  bytes,
  channel,
  duration,
  oneof,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
} from "../../sdk/contract/field.ts";

/** Own failures of `Net` and `UdpSocket`, one for each code of net-error.ts; the sentence says what to do. */
export const netFailures = {
  LINK_DOWN: 64,
  NO_ADDRESS: 65,
  NO_ROUTE: 66,
  BAD_ADDRESS: 67,
  BROADCAST: 68,
  TOO_LARGE: 69,
  QUEUE_FULL: 70,
  PORT_IN_USE: 71,
  BAD_PORT: 72,
  TOO_MANY: 73,
  CLOSED: 74,
} as const;

/** A UDP socket. Addresses are IPv4 as numbers, 10.0.2.2 is 0x0a000202; data is at most 1,472 bytes. */
export const UdpSocket = contract("udp-socket", 1, {
  /** Sends a datagram; the reply says that it is on its way or waits for its neighbour's address, no more. */
  transmit: call({ to: u32, port: u16, data: bytes }, {}),
  /** A datagram arrived; `to` is the address it was sent to. A client that is too slow loses the oldest. */
  datagram: event({ from: u32, port: u16, to: u32, data: bytes }, { full: "drop-oldest" }),
  /** A datagram that was sent did not get there: no host, or no socket, at that address and port. */
  lost: event({ to: u32, port: u16 }, { full: "drop-oldest" }),
});

export const Net = contract("net", 1, {
  /** What the network is like now. Texts are "" and times 0 where there is nothing; a time of 2^53 - 1 means for ever. */
  status: call(
    {},
    {
      link: bool,
      /** As 52:54:00:12:34:56. */
      mac: string,
      /** State of the DHCP client (RFC 2131 figure 5). */
      dhcp: oneof("off", "waiting", "selecting", "requesting", "bound", "renewing", "rebinding"),
      address: string,
      /** Length of the subnet's prefix, 0 to 32. */
      prefix: u8,
      router: string,
      nameServers: array(string),
      /** Who granted the lease. */
      server: string,
      renewIn: duration,
      expiresIn: duration,
      framesReceived: u64,
      bytesReceived: u64,
      framesSent: u64,
      bytesSent: u64,
      /** Why frames were refused, each code with its count. */
      refused: array(struct({ code: string, count: u64 })),
    },
    { retry: "safe" },
  ),
  /**
   * One echo request with `length` data bytes (0 to 1,472) to an IPv4 address in dotted decimal, and how it ended: `reply`;
   * `timeout` after that time (at most a minute); `unreachable` or `expired` as `from` reported ("" this host).
   */
  ping: call(
    { host: string, length: u16, timeout: duration },
    {
      outcome: oneof("reply", "timeout", "unreachable", "expired"),
      from: string,
      roundTrip: duration,
      timeToLive: u8,
      length: u16,
    },
  ),
  /** Opens a socket at an own address (0: all) and a port (0: any free one), at most 16 a client. */
  udp: call(
    { address: u32, port: u16, broadcast: bool },
    { port: u16, socket: channel(UdpSocket) },
  ),
  /** The card's link: first message on a new channel, then at each change. */
  link: event({ up: bool }, { full: "coalesce" }),
  /** The lease, "" without one: second message on a new channel, then at each change. */
  lease: event({ address: string, prefix: u8, router: string }, { full: "coalesce" }),
});
