// The whole state of the stack, and the effects it can have on the world.
//
// Invariant: everything outside comes in as an event with its turn and goes out through StackEffects;
// no function of the stack waits, and none keeps a reference to a buffer that it was given.

import type { ConflictWatch } from "./address-conflict.ts";
import { type ArpPacket, createArpPacket } from "./arp.ts";
import { type Counters, createCounters } from "./counters.ts";
import type { Lease } from "./dhcp-lease.ts";
import type { DhcpClient, UnboundReason } from "./dhcp.ts";
import { type EthernetHeader, createEthernetHeader } from "./ethernet.ts";
import { type IcmpMessage, createIcmpMessage } from "./icmp.ts";
import { type FragmentTable, createFragmentTable } from "./fragments.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import { LOCALHOST } from "./ip-address.ts";
import { type Ipv4Header, createIpv4Header } from "./ipv4.ts";
import { createNeighbourEffects } from "./neighbour-wire.ts";
import type { NeighbourEffects, NeighbourTable } from "./neighbours.ts";
import { LOOPBACK_MTU, MTU, type PacketBuffer, createPacketBuffer } from "./packet-buffer.ts";
import { type PathMtuTable, createPathMtuTable, findPathMtu } from "./path-mtu.ts";
import { type PingOutcome, type PingTable, createPingTable } from "./ping.ts";
import { type RateLimit, createRateLimit } from "./rate-limit.ts";
import { type Route, addRoute } from "./route.ts";
import { type Turn, randomBetween } from "./turn.ts";
import { composeTcp, sendTcp } from "./tcp-operation.ts";
import { type TcpSegment, createSegment } from "./tcp/segment.ts";
import type { SegmentFields } from "./tcp/segment-fields.ts";
import { standardSettings } from "./tcp/settings.ts";
import { type TcpTable, type TcpWorld, createTcpTable } from "./tcp/table.ts";
import { type UdpHeader, createUdpHeader } from "./udp.ts";
import { type UdpTable, createUdpTable } from "./udp-sockets.ts";
import { type Way, createWays, findWay } from "./way.ts";
import { type Wire, WIRES, createWire, isOwnAddress } from "./wires.ts";

/** How an echo request ended. */
export interface PingResult {
  readonly token: number;
  readonly outcome: PingOutcome;
  /** Who answered: the host itself, or the router that sent an error; 0 for nobody. */
  readonly source: number;
  /** From request to answer, in milliseconds. */
  readonly milliseconds: number;
  /** Of the answer; 0 without one. */
  readonly timeToLive: number;
  /** Data bytes of the reply. */
  readonly length: number;
}

/** Builds segments of TCP where they leave from. */
export interface SegmentBuilder {
  /** Sends a segment, or loses it where there is no room. `way`: Ethernet and IP header (way.ts); `ports`: the own one in the upper half. */
  compose(way: Uint8Array, identification: number, ports: number, ...fields: SegmentFields): void;
}

/** The card's own way out, where frames can be built in place. */
export interface FrameOutlet {
  /** With it, plain segments are built at once where they leave from. */
  readonly builder?: SegmentBuilder;
  /** Into how many frames a packet with a tail may be cut; 0: not now. */
  longest(): number;
  /** Data should wait: what room is left is for acknowledgements. */
  full(): boolean;
}

/** What the stack does to the world. Calls are made within the turn that caused them. */
export interface StackEffects {
  /** What frames to a wire go out through that have a tail; undefined: none do. */
  outlet?(wire: number): FrameOutlet | undefined;
  /** Send the frame to a wire; `packet` is only valid during the call. */
  transmit(packet: PacketBuffer, wire: number): void;
  /** A lease is held from now on, or was extended. */
  bound(lease: Lease, renewed: boolean): void;
  /** The address is given up. */
  unbound(lease: Lease, reason: UnboundReason): void;
  pingEnded(result: PingResult): void;
  /** A datagram was put into the socket's queue. */
  datagramArrived(socket: number): void;
  /** A datagram that the socket sent did not get to `destination` : `port`. */
  datagramLost(socket: number, destination: number, port: number): void;
}

/** The network card as its driver reports it. */
export interface Link {
  /** Which of the stack's wires. */
  readonly wire: number;
  up: boolean;
  /** 0 as long as no card is there. */
  mac: number;
  /** When a link that is down takes the address away (milliseconds), or NEVER. */
  cutUntil: number;
  /** When DHCP was last started because the link came up (milliseconds). */
  startedAt: number;
}

/** The address on the wire. */
export interface LocalAddress {
  /** 0 without a lease. */
  address: number;
  mask: number;
  /** The subnet's broadcast address, or 0. */
  broadcast: number;
  lease: Lease | undefined;
}

/** Headers to parse into, so that a frame costs no allocations. */
export interface Headers {
  readonly ethernet: EthernetHeader;
  readonly arp: ArpPacket;
  readonly ipv4: Ipv4Header;
  readonly icmp: IcmpMessage;
  readonly udp: UdpHeader;
  readonly tcp: TcpSegment;
}

/** The stack. */
export interface Stack {
  readonly effects: StackEffects;
  /** All wires; what follows is the chosen one's (wires.ts), as `dhcp` is. */
  readonly wires: readonly Wire[];
  link: Link;
  local: LocalAddress;
  neighbours: NeighbourTable;
  neighbourEffects: NeighbourEffects;
  watch: ConflictWatch;
  readonly routes: Route[];
  readonly udp: UdpTable;
  readonly pings: PingTable;
  readonly tcp: TcpTable;
  /** The time of the turn in which TCP was entered. */
  readonly tcpClock: { now: number };
  dhcp: DhcpClient;
  readonly counters: Counters;
  /** IP packets from this host to itself, oldest first. */
  readonly loopback: Uint8Array[];
  loopbackBytes: number;
  readonly fragments: FragmentTable;
  readonly pathMtus: PathMtuTable;
  readonly ways: Way[];
  readonly echoLimit: RateLimit;
  readonly errorLimit: RateLimit;
  /** The next identification of IP packets, for each of 64 groups of destinations. */
  readonly identifications: Uint16Array;
  /** The frame that is being taken in. */
  readonly incoming: PacketBuffer;
  /** A packet put together from fragments, while it is taken in. */
  readonly assembled: PacketBuffer;
  /** The packet that is being built. */
  readonly outgoing: PacketBuffer;
  /** ARP packets, and packets that waited for one. */
  readonly control: PacketBuffer;
  /** A fragment on its way out. */
  readonly piece: PacketBuffer;
  readonly headers: Headers;
}

/** Echo replies a second and at once; a link that asks for more is being flooded. */
const ECHO_PER_SECOND = 500;
const ECHO_BURST = 100;
/** ICMP errors a second and at once (RFC 1812 section 4.3.2.8 asks for a limit). */
const ERRORS_PER_SECOND = 10;
const ERROR_BURST = 10;

/** A stack without a link; only the loopback interface works. `hash`: keyed, for TCP's numbers. */
export function createStack(turn: Turn, effects: StackEffects, hash: KeyedHash): Stack {
  const pathMtus = createPathMtuTable();
  const tcpClock = { now: turn.now };
  const control = createPacketBuffer();
  const piece = createPacketBuffer();
  const counters = createCounters();
  const pings = createPingTable(randomBetween(turn, 0, 0xffff));
  const udp = createUdpTable();
  const routes: Route[] = [];
  addRoute(routes, {
    destination: 0x7f000000,
    mask: 0xff000000,
    gateway: 0,
    through: "loopback",
    source: LOCALHOST,
    wire: 0,
  });
  const identifications = new Uint16Array(64);
  for (let index = 0; index < 64; index++) identifications[index] = randomBetween(turn, 0, 0xffff);
  const outgoing = createPacketBuffer();
  const transmit: TcpWorld["transmit"] = (source, destination, _packet, congestion) =>
    sendTcp(stack, source, destination, congestion);
  const wires: Wire[] = [];
  const tcp = createTcpTable(
    {
      transmit,
      compose: (ends, sequence, acknowledgment, flags, window, stamp, echo, ring, offset, count) =>
        composeTcp(
          stack,
          ends,
          sequence,
          acknowledgment,
          flags,
          window,
          stamp,
          echo,
          ring,
          offset,
          count,
        ),
      longest: (source, destination) => outletTo(stack, source, destination)?.longest() ?? 0,
      full: (source, destination) => outletTo(stack, source, destination)?.full() === true,
      hash,
      interfaceMtu: (remote) => (isOwnAddress(wires, remote) ? LOOPBACK_MTU : MTU),
      pathMtu: (remote) =>
        isOwnAddress(wires, remote) ? LOOPBACK_MTU : findPathMtu(pathMtus, remote, tcpClock.now),
    },
    standardSettings,
    turn.random32(),
    outgoing,
  );
  const shared = { effects, wires, counters, piece, pings, udp, tcp, control, pathMtus, tcpClock };
  for (let index = 0; index < WIRES; index++) {
    wires.push(
      createWire(index, (link, local) => createNeighbourEffects({ ...shared, link, local })),
    );
  }
  const stack: Stack = {
    effects,
    ...wires[0]!,
    wires,
    routes,
    udp,
    pings,
    tcp,
    tcpClock,
    counters,
    loopback: [],
    loopbackBytes: 0,
    fragments: createFragmentTable(),
    pathMtus,
    ways: createWays(),
    echoLimit: createRateLimit(ECHO_PER_SECOND, ECHO_BURST),
    errorLimit: createRateLimit(ERRORS_PER_SECOND, ERROR_BURST),
    identifications,
    incoming: createPacketBuffer(),
    assembled: createPacketBuffer(),
    outgoing,
    control,
    piece,
    headers: {
      ethernet: createEthernetHeader(),
      arp: createArpPacket(),
      ipv4: createIpv4Header(),
      icmp: createIcmpMessage(),
      udp: createUdpHeader(),
      tcp: createSegment(),
    },
  };
  return stack;
}

/** The outlet that packets of TCP to a host leave by. */
function outletTo(stack: Stack, source: number, destination: number): FrameOutlet | undefined {
  const way = findWay(stack, source, destination, stack.tcpClock.now);
  return way === undefined ? undefined : stack.effects.outlet?.(way.wire);
}
