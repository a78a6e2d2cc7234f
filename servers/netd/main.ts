// The network server: one stack over the cards at /dev/net0 and /dev/net1, served at /svc/net.
// Invariant: everything that the stack knows comes from its cards and its clients. New code takes all of it over (kept.ts); the netd that begins
// after an end of this one has its address, and the streams that share their memory with their clients.
import type { ClientOf } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { Service } from "../../sdk/contract/server.ts";
import { dispose } from "../../sdk/hot/accept.ts";
import { handleOf } from "../../sdk/hot/handle-of.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { copiedBytes } from "../../sdk/runtime/copied-bytes.ts";
import { LaneMemory } from "../../sdk/runtime/lane.ts";
import { setLane } from "../../sdk/runtime/loop.ts";
import { open } from "../../sdk/runtime/open.ts";
import { random32, randomBytes } from "../../sdk/runtime/random.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready, report } from "../../sdk/runtime/supervisor.ts";
import { now } from "../../sdk/runtime/time.ts";
import { after, at } from "../../sdk/runtime/timers.ts";
import { EthernetCard } from "../virtio-net/contract.ts";
import { type CardClient, CardLink, type CardWorld } from "./card-link.ts";
import { Net } from "./contract.ts";
import { DnsService } from "./dns-service.ts";
import { formatIpAddress, prefixOfMask } from "./ip-address.ts";
import { DurableStreams } from "./durable-streams.ts";
import {
  address,
  beforeItCounts,
  beginOwners,
  endOwners,
  kept,
  keptOwners,
  movingSession,
  streams,
} from "./kept.ts";
import { Lane, LANE_BYTES } from "./lane/lane.ts";
import { type CardPool, openPool, sharePool } from "./linked-pool.ts";
import { netHandlers } from "./net-handlers.ts";
import { PingService } from "./ping-service.ts";
import type { NetSession } from "./session.ts";
import { makeSharedMemory } from "./shared-memory.ts";
import { StackHost } from "./stack-host.ts";
import { statusOf } from "./status.ts";
import { TcpService } from "./tcp-service.ts";
import { UdpService } from "./udp-service.ts";
import { findWay } from "./way.ts";
import { firstWire } from "./wires.ts";

type EthernetClient = ClientOf<typeof EthernetCard.methods>;

const handles = ["card", "card1"] as const;
const pools = ["pool", "pool1"] as const;

/** A card's channel, and the one that came with the state. */
interface CardChannel {
  client: EthernetClient | undefined;
  inherited: number;
}

/** Opens a card's channel: the one that came with the state first. */
async function openCard(wire: number, channel: CardChannel): Promise<CardClient | Failure> {
  const card = kept.data[handles[wire]!];
  channel.inherited = card ?? 0;
  kept.data[handles[wire]!] = undefined;
  const name = `/dev/net${wire}`;
  const inherited = card === undefined ? undefined : open(EthernetCard, card, name);
  const client = inherited?.closed === false ? inherited : await connect(EthernetCard, name);
  channel.client = client instanceof Failure ? undefined : client;
  return client;
}

run(() => {
  const swapped = kept.data.stack.length > 0;
  let addressChanged = false;
  let reported = false;
  if (randomBytes(1) instanceof Failure) {
    log("no entropy: sequence numbers and ports can be guessed", "warning");
  }
  const host: StackHost = new StackHost(
    {
      now,
      random32,
      sha256: (data) => uusi.sha256(data),
      at,
      transmit: (frames, wire) => cards[wire]!.link.transmit(frames),
      outlet: (wire) => cards[wire]!.link.pool,
      atTurnEnd: beforeItCounts,
      offer: () => lane.offer(),
    },
    {
      bound: (lease, renewed) => {
        if (!renewed && !reported) report(`netd: dhcp BOUND ip=${formatIpAddress(lease.address)}`);
        reported = true;
        log(`lease of ${formatIpAddress(lease.address)} ${renewed ? "renewed" : "taken"}`);
        addressChanged = true;
        service.broadcast.lease(leaseFields());
      },
      unbound: (lease, reason) => {
        log(`lease of ${formatIpAddress(lease.address)} given up: ${reason}`, "warning");
        addressChanged = true;
        service.broadcast.lease(leaseFields());
      },
      pingEnded: (result) => pings.ended(result),
      datagramArrived: (socket) => {
        if (!names.arrived(socket)) sockets.arrived(socket);
      },
      datagramLost: (socket, to, port) => {
        if (!names.lost(socket, to, port)) sockets.lost(socket, to, port);
      },
      connectionEvents: (connection, events) => {
        if (!names.events(connection, events)) tcp.events(connection, events);
      },
      connectionReady: (listener) => tcp.ready(listener),
      outside: () => names.outside(),
      settling: () => tcp.settling(),
    },
    swapped ? kept.data.stack : address.data.block.length > 0 ? address.data.block : undefined,
  );
  const absent: boolean[] = [];
  const cards = handles.map((_handle, wire) => {
    const channel: CardChannel = { client: undefined, inherited: 0 };
    const world: CardWorld = {
      connect: () => openCard(wire, channel),
      share: async (client, refuse) => {
        const shared = client as EthernetClient;
        const pool = kept.data[pools[wire]!];
        kept.data[pools[wire]!] = undefined;
        if (pool === undefined || handleOf(shared) !== channel.inherited) {
          return sharePool(host, wire, shared, refuse);
        }
        return openPool(host, wire, shared, pool, refuse);
      },
      after,
      log: (text) => log(text, "warning"),
      absent: (text) => {
        // One card is enough.
        absent[wire] = true;
        if (handles.every((_each, index) => absent[index] === true)) log(text, "warning");
      },
      linkChanged: (up) => {
        log(`link of net${wire} ${up ? "up" : "down"}`);
        service.broadcast.link({ up: linkUp() });
      },
    };
    return { channel, link: new CardLink(host, world, wire) };
  });
  const linkUp = () => host.stack.wires.some(({ link }) => link.up);
  const pings = new PingService(host);
  const makeChannel = () => {
    const pair = Endpoint.pair();
    return pair instanceof Failure ? pair : { near: new Endpoint(pair.near), far: pair.far };
  };
  const sockets = new UdpService(host, makeChannel);
  const tcp = new TcpService(host, makeChannel, makeSharedMemory);
  const names = new DnsService(host);
  const lane = new Lane(host, {
    area: () => {
      const memory = LaneMemory.create(LANE_BYTES);
      return memory instanceof Failure ? undefined : memory;
    },
    port: () => uusi.port,
    pool: (wire) => cards[wire]!.link.pool as CardPool | undefined,
    way: ({ localAddress, remoteAddress }) => {
      const way = findWay(host.stack, localAddress, remoteAddress, host.stack.tcpClock.now);
      const { wire, headers, neighbour } = way ?? {};
      if (wire === undefined || headers === undefined || neighbour === undefined) return undefined;
      return { wire, headers, until: neighbour.until };
    },
    client: (connection) => tcp.lent(connection),
  });
  setLane(lane);
  const leaseFields = () => {
    const { address: own, mask, lease } = firstWire(host.stack).local;
    return {
      address: own === 0 ? "" : formatIpAddress(own),
      prefix: own === 0 ? 0 : (prefixOfMask(mask) ?? 0),
      router: lease === undefined || lease.router === 0 ? "" : formatIpAddress(lease.router),
    };
  };
  const service: Service<typeof Net.methods, NetSession> = serve(
    "/svc/net",
    Net,
    {
      ...netHandlers({ host, pings, sockets, tcp, names, makeChannel, service: () => service }),
      status: () => ({
        ...statusOf(host.stack, host.now()),
        copied: copiedBytes(),
        lent: lane.events,
      }),
      opened: (peer) => {
        peer.send.link({ up: linkUp() });
        peer.send.lease(leaseFields());
      },
    },
    { session: movingSession },
  );
  const { length } = streams;
  const durable = new DurableStreams(
    host,
    streams,
    swapped ? host.restored?.connections : undefined,
  );
  if (!swapped && length > 0) log(`${streams.length} of ${length} streams wait for their clients`);
  tcp.durable = durable;
  beforeItCounts(() => {
    durable.commit();
    if (addressChanged) address.data = { block: host.saveAddress() };
    addressChanged = false;
  });
  if (swapped) takeOver(host, sockets, tcp);
  const savedCards = () => {
    const saved: Pick<typeof kept.data, (typeof handles)[number] | (typeof pools)[number]> = {};
    cards.forEach(({ channel: { client }, link }, wire) => {
      if (client?.closed !== false) return;
      saved[handles[wire]!] = handleOf(client);
      saved[pools[wire]!] = (link.pool as CardPool | undefined)?.save();
    });
    return saved;
  };
  dispose(() => {
    host.settle();
    lane.recall();
    const place = beginOwners();
    for (const { session } of service.peers) if (session !== undefined) place(session.counts);
    const moving = { sockets: sockets.save(place), ...tcp.save(place) };
    kept.data = {
      stack: host.save(tcp.held(), () => {}),
      owners: endOwners(),
      ...savedCards(),
      ...moving,
    };
  });
  for (const { link } of cards) void link.connect();
  ready();
});

/** What the code before had open for its clients. */
function takeOver(host: StackHost, sockets: UdpService, tcp: TcpService): void {
  const { restored } = host;
  if (restored === undefined) throw new Error("the state of the stack is not sound");
  const owners = keptOwners();
  sockets.load(kept.data.sockets, owners);
  tcp.load(kept.data, restored.connections, owners);
  kept.data.stack = new Uint8Array(0);
}
