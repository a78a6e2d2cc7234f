// netd's services over memory channels, with the loop as their wire: what a program sees of `Net`, without a nucleus.
// Invariant: nothing moves but by `settle` and `pass`, so that a test is exact.

import { client } from "../../../sdk/contract/client.ts";
import type { Contract, Methods } from "../../../sdk/contract/contract.ts";
import type { Failure } from "../../../sdk/contract/failure.ts";
import type { NetRules } from "../../../sdk/contract/net-rules.ts";
import { type Service, service } from "../../../sdk/contract/server.ts";
import { netTerms } from "../../../sdk/contract/terms.ts";
import { type MemoryChannel, World } from "../../../sdk/contract/testing/pair.ts";
import { Network } from "../../../sdk/net/network.ts";
import { ArrayMemory } from "../../../sdk/virtio/testing/array-memory.ts";
import { Net } from "../contract.ts";
import { DurableStreams } from "../durable-streams.ts";
import { DnsService } from "../dns-service.ts";
import { netHandlers } from "../net-handlers.ts";
import { PingService } from "../ping-service.ts";
import type { NetSession } from "../session.ts";
import type { SharedMemory } from "../stream-rings.ts";
import type { RingMemory } from "../tcp/byte-ring.ts";
import { StackHost } from "../stack-host.ts";
import type { StreamRow, StreamRows } from "../stream-row.ts";
import { TcpService } from "../tcp-service.ts";
import { UdpService } from "../udp-service.ts";
import { VirtualWorld } from "./virtual-world.ts";

/** Memory of both sides; what it is closed by is counted. */
class SharedArray extends ArrayMemory implements RingMemory {
  readonly address = 0;
  closed = 0;
  close(): void {
    this.closed += 1;
  }
}

/** Rows in an array. */
function arrayRows(rows: StreamRow[]): StreamRows {
  return {
    get length() {
      return rows.length;
    },
    add: (row) => rows.push({ ...row }) - 1,
    get: (row) => ({ ...rows[row]! }),
    write: (row, name, value) => {
      rows[row]![name] = value;
    },
    remove: (row) => {
      const last = rows.pop()!;
      if (row < rows.length) rows[row] = last;
    },
  };
}

const EVERYTHING = { connect: ["tcp:*:*", "udp:*:*", "icmp:*"], listen: ["tcp:*", "udp:*"] };

export class LoopbackNetwork {
  readonly clock = new VirtualWorld();
  readonly world = new World();
  host: StackHost;
  readonly #ends: MemoryChannel[] = [];
  /** netd's ends of all channels. */
  #near: MemoryChannel[] = [];
  /** What outlives an end of netd. */
  readonly rows: StreamRow[] = [];
  /** All memory that was shared; by handles, from 1 on. */
  readonly memories: SharedArray[] = [];
  #accept: (channel: MemoryChannel, name: string, terms: string[]) => void = () => {};
  #durable: DurableStreams | undefined;

  constructor() {
    this.host = this.#boot();
  }

  /** netd ends as by a kill behind the end of a turn, and the next one begins. */
  crash(): void {
    this.#durable?.commit();
    for (const each of this.#near.splice(0)) if (!each.closed) each.close();
    this.host = this.#boot();
  }

  #boot(): StackHost {
    const host: StackHost = new StackHost(this.clock, {
      bound: () => {},
      unbound: () => {},
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
    });
    const makeChannel = () => {
      const [near, far] = this.world.pair();
      this.#near.push(near);
      this.#ends.push(far);
      return { near, far: this.#ends.length };
    };
    const pings = new PingService(host);
    const sockets = new UdpService(host, makeChannel);
    const tcp = new TcpService(host, makeChannel, (bytes, saved) => this.#makeMemory(bytes, saved));
    this.#durable = new DurableStreams(host, arrayRows(this.rows));
    tcp.durable = this.#durable;
    const names = new DnsService(host);
    const served: Service<typeof Net.methods, NetSession> = service(Net, {
      ...netHandlers({ host, pings, sockets, tcp, names, makeChannel, service: () => served }),
    });
    this.#accept = (channel, name, terms) => void served.accept(channel, name, 0, terms);
    return host;
  }

  #makeMemory(bytes: number, saved?: number): SharedMemory {
    const view = saved ? this.memories[saved - 1]! : new SharedArray(new Uint8Array(bytes));
    const number = saved ?? this.memories.push(view);
    return { view, number, handle: () => number, close: () => {} };
  }

  /** The network of one more program, which may do everything unless rules say less. */
  join(name = "program", rules: NetRules = EVERYTHING): Network {
    const open = () => {
      const [near, far] = this.world.pair();
      this.#near.push(near);
      this.#accept(near, name, netTerms(rules));
      return client(Net, far);
    };
    return new Network(open(), {
      open: <M extends Methods>(contract: Contract<M>, end: number) =>
        client(contract, this.#ends[end - 1]!),
      after: (span, f) => this.clock.after(span, f),
      map: (memory) => {
        const mapped = this.memories[memory - 1]!;
        return {
          copyIn: (...all) => mapped.copyIn(...all),
          copyOut: (...all) => mapped.copyOut(...all),
          copy: () => memory,
          close: () => mapped.close(),
        };
      },
      again: () => Promise.resolve(open()),
    });
  }

  /** Lets messages, the loop's packets and `span` nanoseconds pass. */
  async pass(span = 0): Promise<void> {
    await this.world.run();
    this.clock.advance(span);
    await this.world.advance(span);
    await this.world.run();
  }

  /** Lets time pass until a promise has its value. */
  async until<T>(promise: Promise<T>, span = 1_000_000): Promise<T> {
    let value: { readonly it: T } | undefined;
    void promise.then((it) => {
      value = { it };
    });
    for (let round = 0; round < 5000; round++) {
      await this.pass(span);
      if (value !== undefined) return value.it;
    }
    throw new Error("the promise has no value");
  }
}

/** The value, or the test fails with the failure's sentence. */
export function sound<T extends object>(value: T | Failure): Exclude<T, Failure> {
  if ("sentence" in value) throw new Error(value.sentence);
  return value as Exclude<T, Failure>;
}
