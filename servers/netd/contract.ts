// The network as programs see it: its state, echo requests, and UDP sockets, TCP streams and listeners as channels of their own.
// Invariant: a socket is open exactly as long as its channel; nothing here names another client's socket.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import {
  array,
  bool,
  bytes,
  channel,
  duration,
  handle,
  oneof,
  optional,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
} from "../../sdk/contract/field.ts";

// Where a client may connect and listen is its manifest's `net`, which init says with the channel: REFUSED names the line that lacks.
/** Own failures of these contracts, one for each code of net-error.ts; the sentence says what to do. */
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
  CONNECTION_REFUSED: 75,
  RESET: 76,
  TIMED_OUT: 77,
  UNREACHABLE: 78,
  FINISHED: 79,
  BAD_NAME: 80,
  NO_NAME_SERVER: 81,
  NAMES_FAILED: 82,
} as const;

/** A UDP socket. Addresses are IPv4 as numbers, 10.0.2.2 is 0x0a000202; data is at most 4,000 bytes. */
export const UdpSocket = contract("udp-socket", 1, {
  /** Sends a datagram; the reply says that it is on its way or waits for its neighbour's address, no more. */
  transmit: call({ to: u32, port: u16, data: bytes }, {}),
  /** A datagram arrived; `to` is the address it was sent to. A client that is too slow loses the oldest. */
  datagram: event({ from: u32, port: u16, to: u32, data: bytes }, { full: "drop-oldest" }),
  /** A datagram that was sent did not get there: no host, or no socket, at that address and port. */
  lost: event({ to: u32, port: u16 }, { full: "drop-oldest" }),
  /** From now on, and for good, this socket talks to that address and port alone: to be said before it is handed on. */
  restrict: call({ to: u32, port: u16 }, {}),
});

/**
 * A TCP connection. Bytes come as `data` events, as many as the client has asked for by `more`, so that a slow reader slows its peer;
 * closing the channel closes the connection.
 */
export const TcpStream = contract("tcp-stream", 1, {
  /** Sends bytes behind those of earlier calls; answered when all are in the send buffer. At most four calls wait. */
  transmit: call({ data: bytes }, {}),
  /** Nothing more will be sent; what was sent still arrives. `total`: as `put` says it, which may still be on its way. */
  finish: call({ total: optional(u32) }, {}),
  /** Ends the connection at once: the peer sees a reset, and what is on its way is lost. */
  abort: event({}, { to: "server" }),
  /** Allows `count` more `data` events, 32 at most in all. */
  more: event({ count: u16 }, { to: "server" }),
  /** Received bytes, at most 4,064. */
  data: event({ data: bytes }),
  /** The peer sends no more; the way there is still open. `total`: as `arrived` says it. */
  end: event({ total: optional(u32) }),
  /** The connection is over and its channel closes; the last message. */
  over: event({ outcome: oneof("finished", "reset", "timed-out", "unreachable", "aborted") }),
  /**
   * `noDelay`: small pieces leave at once (no Nagle). `keepAlive`: after such a silence the peer is asked for a sign of life, and
   * given up when none comes; 10 s at least, 0 for never.
   */
  tune: call({ noDelay: bool, keepAlive: duration }, {}),
  /**
   * Keeps only the right to read, or only the one to write, for good: to be said before the stream is handed on. What was written on the
   * way to the other right is REFUSED; who may not write can't finish or abort the connection either, but closing the channel ends it.
   */
  restrict: call({ read: bool, write: bool }, {}),
  /**
   * Moves what waits in both directions into memory that both sides see, rings of a power of two: from now on bytes lie there, each at
   * the rest of its number (counted from 0, modulo 2^32), and events tell how far they have come. `arrived` and `put` are behind the last byte,
   * `taken` and `left` behind those whose place is free again. UNAVAILABLE: there is no memory for that, and all goes on as before; BUSY:
   * calls to `transmit` wait. The answer may overtake `data`: the ring is behind it, from the first `arrived` on. `token`: with it and the memory `Net.resume`
   * gives the stream back after an end of netd; of each stream the last one counts, and none after `restrict`.
   */
  share: call(
    {},
    {
      receive: handle("memory"),
      receiveBytes: u32,
      send: handle("memory"),
      sendBytes: u32,
      arrived: u32,
      taken: u32,
      put: u32,
      left: u32,
      token: optional(bytes),
    },
  ),
  arrived: event({ total: u32 }, { full: "coalesce" }),
  left: event({ total: u32 }, { full: "coalesce" }),
  taken: event({ total: u32 }, { to: "server", full: "coalesce" }),
  put: event({ total: u32 }, { to: "server", full: "coalesce" }),
  /** Both ends and the state of the connection (RFC 9293 section 3.3.2). */
  info: call(
    {},
    {
      localAddress: u32,
      localPort: u16,
      remoteAddress: u32,
      remotePort: u16,
      state: string,
      roundTrip: duration,
    },
    { retry: "safe" },
  ),
});

/** A port that takes TCP connections; closing the channel stops that, accepted streams live on. */
export const TcpListener = contract("tcp-listener", 1, {
  /** Allows `count` more `connection` events, 16 at most in all; others wait in the backlog. */
  more: event({ count: u16 }, { to: "server" }),
  /** Somebody has connected, to the own address `to`. */
  connection: event({ from: u32, port: u16, to: u32, stream: channel(TcpStream) }),
});

const dhcpState = oneof(
  "off",
  "waiting",
  "selecting",
  "requesting",
  "bound",
  "renewing",
  "rebinding",
);

export const Net = contract("net", 1, {
  /** What the network is like now. Texts are "" and times 0 where there is nothing; a time of 2^53 - 1 means for ever. */
  status: call(
    {},
    {
      link: bool,
      /** As 52:54:00:12:34:56. */
      mac: string,
      /** State of the DHCP client (RFC 2131 figure 5). */
      dhcp: dhcpState,
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
      /** Bytes that this server has copied between buffers of JavaScript, modulo 2^32; 0 where nobody counts. */
      copied: optional(u32),
      /** Each card and what it was given; what stands above is the first one's that has an address. */
      wires: optional(
        array(
          struct({
            /** As the card's driver is served: net0 at /dev/net0. */
            name: string,
            link: bool,
            mac: string,
            dhcp: dhcpState,
            address: string,
            prefix: u8,
            router: string,
          }),
        ),
      ),
      /** Events of connections that a kernel has dealt with since this server began (lane/). */
      lent: optional(u64),
    },
    { retry: "safe" },
  ),
  /**
   * One echo request with `length` data bytes (0 to 1,472) to a name, or an IPv4 address in dotted decimal, and how it ended: `reply`;
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
  /**
   * One echo request that is passed on by fewer than `hops` routers (1 to 255): `expired` and `from` say who did not; otherwise as `ping`.
   */
  trace: call(
    { host: string, hops: u8, timeout: duration },
    {
      outcome: oneof("reply", "timeout", "unreachable", "expired"),
      from: string,
      roundTrip: duration,
    },
  ),
  /** Hosts on the wire, and the hardware addresses that they are reached at; "" while one is asked for. */
  neighbours: call(
    {},
    {
      list: array(
        struct({
          address: u32,
          mac: string,
          /** `fresh`: believed for `validFor`; `old`: asked for again before the next use; `asked`: no answer yet */
          state: oneof("fresh", "old", "asked"),
          validFor: duration,
        }),
      ),
    },
    { retry: "safe" },
  ),
  /** Opens a socket at an own address (0: all) and a port (0: any free one), at most 16 a client. */
  udp: call(
    { address: u32, port: u16, broadcast: bool },
    { port: u16, socket: channel(UdpSocket) },
  ),
  /**
   * Opens a TCP connection to a name, or an IPv4 address in dotted decimal, within `timeout` (at most 2 min) for the name and all of
   * its addresses together; 64 a client. `only`: the stream is restricted from the start (TcpStream.restrict).
   */
  connect: call(
    { host: string, port: u16, timeout: duration, only: optional(oneof("read", "write")) },
    { stream: channel(TcpStream), address: u32, localPort: u16 },
  ),
  /**
   * Looks a name up with the lease's name servers within `timeout` (at most a minute): `a` and `aaaa` give addresses as text, `ptr`
   * the names of an IPv4 address in dotted decimal, `mx` preference and host, `srv` priority, weight, port
   * and host, `txt` texts. `no-name`: there is no such name; `no-data`: it has nothing of this kind.
   */
  resolve: call(
    { name: string, kind: oneof("a", "aaaa", "ptr", "mx", "srv", "txt"), timeout: duration },
    {
      outcome: oneof("found", "no-name", "no-data"),
      /** The name behind all aliases. */
      canonical: string,
      answers: array(string),
      /** For how long this may be believed. */
      validFor: duration,
    },
    { retry: "safe" },
  ),
  /**
   * The same network with less: what these rules (sdk/contract/net-rules.ts) allow of what this client may. For a program that works
   * for this one; what it opens counts as this client's.
   */
  narrow: call({ connect: array(string), listen: array(string) }, { network: handle("endpoint") }),
  /** Listens for TCP connections at an own address (0: all) and a port (0: any free one); 8 a client. */
  listen: call(
    { address: u32, port: u16, backlog: u16 },
    { port: u16, listener: channel(TcpListener) },
  ),
  /**
   * Takes up a stream that shared its memory with a netd that has ended (TcpStream.share): the memory, and how far this side has come. The
   * connection goes on where it was; what its answer says counts from then on, and calls that got no answer are to be made again. NOT_FOUND: it was
   * not kept, or nobody came for it within 10 s, or it is over.
   */
  resume: call(
    { token: bytes, receive: handle("memory"), send: handle("memory"), taken: u32, put: u32 },
    { stream: channel(TcpStream), arrived: u32, left: u32 },
  ),
  /** TCP connections with an id above `after`, in order, as many as a message holds; none: that was all. */
  connections: call(
    { after: u32 },
    {
      list: array(
        struct({
          id: u32,
          localAddress: u32,
          localPort: u16,
          remoteAddress: u32,
          remotePort: u16,
          state: string,
          /** Bytes that wait to be sent and acknowledged, and to be read. */
          sending: u32,
          received: u32,
        }),
      ),
    },
    { retry: "safe" },
  ),
  /** The card's link: first message on a new channel, then at each change. */
  link: event({ up: bool }, { full: "coalesce" }),
  /** The lease, "" without one: second message on a new channel, then at each change. */
  lease: event({ address: string, prefix: u8, router: string }, { full: "coalesce" }),
});
