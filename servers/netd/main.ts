// The network server: one stack over the card at /dev/net0, served at /svc/net.
// Invariant: everything that the stack knows comes from its card and its clients; a restart loses the lease and the sockets, and
// begins again with a DISCOVER as soon as the card reports a link.
import { Failure } from "../../sdk/contract/failure.ts";
import type { Peer } from "../../sdk/contract/server.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { random32, randomBytes } from "../../sdk/runtime/random.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready, report } from "../../sdk/runtime/supervisor.ts";
import { now } from "../../sdk/runtime/time.ts";
import { after, at } from "../../sdk/runtime/timers.ts";
import { EthernetCard } from "../virtio-net/contract.ts";
import { CardLink } from "./card-link.ts";
import { Net } from "./contract.ts";
import { DnsService, type ResolveCount } from "./dns-service.ts";
import { formatIpAddress, prefixOfMask } from "./ip-address.ts";
import { type PingCount, PingService } from "./ping-service.ts";
import { StackHost } from "./stack-host.ts";
import { statusOf } from "./status.ts";
import { TcpService } from "./tcp-service.ts";
import type { TcpCount } from "./tcp-streams.ts";
import { type SocketCount, UdpService } from "./udp-service.ts";

type Counts = SocketCount & PingCount & TcpCount & ResolveCount;

/** What a client has open, counted from its first call on. */
function countOf(peer: Peer<typeof Net.methods, Counts>): Counts {
  peer.session ??= { sockets: 0, pings: 0, connections: 0, listeners: 0, names: 0 };
  return peer.session;
}

run(() => {
  if (randomBytes(1) instanceof Failure) {
    log("no entropy: sequence numbers and ports can be guessed", "warning");
  }
  const host: StackHost = new StackHost(
    {
      now,
      random32,
      sha256: (data) => uusi.sha256(data),
      at,
      transmit: (frames) => card.transmit(frames),
    },
    {
      bound: (lease, renewed) => {
        if (!renewed) report(`netd: dhcp BOUND ip=${formatIpAddress(lease.address)}`);
        log(`lease of ${formatIpAddress(lease.address)} ${renewed ? "renewed" : "taken"}`);
        service.broadcast.lease(leaseFields());
      },
      unbound: (lease, reason) => {
        log(`lease of ${formatIpAddress(lease.address)} given up: ${reason}`, "warning");
        service.broadcast.lease(leaseFields());
      },
      pingEnded: (result) => pings.ended(result),
      datagramArrived: (socket) => {
        if (!names.arrived(socket)) sockets.arrived(socket);
      },
      datagramLost: (socket, to, port) => {
        if (!names.lost(socket)) sockets.lost(socket, to, port);
      },
      connectionEvents: (connection, events) => {
        if (!names.events(connection, events)) tcp.events(connection, events);
      },
      connectionReady: (listener) => tcp.ready(listener),
      outside: () => names.outside(),
    },
  );
  const card = new CardLink(host, {
    connect: () => connect(EthernetCard, "/dev/net0"),
    after,
    log: (text) => log(text, "warning"),
    linkChanged: (up) => {
      log(`link ${up ? "up" : "down"}`);
      service.broadcast.link({ up });
    },
  });
  const pings = new PingService(host);
  const makeChannel = () => {
    const pair = Endpoint.pair();
    return pair instanceof Failure ? pair : { near: new Endpoint(pair.near), far: pair.far };
  };
  const sockets = new UdpService(host, makeChannel);
  const tcp = new TcpService(host, makeChannel);
  const names = new DnsService(host);
  const leaseFields = () => {
    const { address, mask, lease } = host.stack.local;
    return {
      address: address === 0 ? "" : formatIpAddress(address),
      prefix: address === 0 ? 0 : (prefixOfMask(mask) ?? 0),
      router: lease === undefined || lease.router === 0 ? "" : formatIpAddress(lease.router),
    };
  };
  const service = serve<typeof Net.methods, Counts>("/svc/net", Net, {
    status: () => statusOf(host.stack, host.now()),
    ping: (request, peer) => pings.ping(request, countOf(peer)),
    udp: (options, peer) => sockets.open(options, countOf(peer)),
    connect: (request, peer) => tcp.connect(request, countOf(peer)),
    listen: (request, peer) => tcp.listen(request, countOf(peer)),
    connections: ({ after }) => tcp.list(after),
    resolve: (request, peer) => names.resolve(request, countOf(peer)),
    opened: (peer) => {
      peer.send.link({ up: host.stack.link.up });
      peer.send.lease(leaseFields());
    },
  });
  void card.connect();
  ready();
});
