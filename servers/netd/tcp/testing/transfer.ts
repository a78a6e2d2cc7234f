// Users for tests: one that sends bytes and closes, one that reads to the end, both at their own pace.

import { createHash, type Hash } from "node:crypto";
import {
  atEnd,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpFinish,
  tcpListen,
  tcpReceive,
  tcpSend,
} from "../calls.ts";
import { CONNECTED, type Connection, ENDED, READABLE, WRITABLE } from "../connection.ts";
import type { TcpSettings } from "../settings.ts";
import { TcpHost } from "./host.ts";
import { SeededRandom } from "./random.ts";
import { Wire, type WireQuality } from "./wire.ts";

export const CLIENT = 0x0a000001;
export const SERVER = 0x0a000002;
export const PORT = 7000;

/** One direction's bytes. */
class Pipe {
  readonly data: Uint8Array;
  sent = 0;
  readonly received: Hash = createHash("sha256");
  count = 0;
  ended = false;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  get sound(): boolean {
    if (!this.ended || this.count !== this.data.length) return false;
    const wanted = createHash("sha256").update(this.data).digest("hex");
    return this.received.copy().digest("hex") === wanted;
  }
}

/** A connection with bytes both ways. */
export class Transfer {
  readonly wire: Wire;
  readonly client: TcpHost;
  readonly server: TcpHost;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly outcomes: { client: string; server: string } = { client: "", server: "" };
  active: Connection | undefined;
  passive: Connection | undefined;
  /** Whether the users read; what lies there waits. */
  reading = true;

  constructor(
    seed: number,
    quality: WireQuality,
    upBytes: number,
    downBytes: number,
    settings: Partial<TcpSettings> = {},
  ) {
    const random = new SeededRandom(seed);
    this.wire = new Wire(seed, quality);
    this.client = new TcpHost(this.wire, CLIENT, settings);
    this.server = new TcpHost(this.wire, SERVER, settings);
    this.up = new Pipe(random.bytes(upBytes));
    this.down = new Pipe(random.bytes(downBytes));
    this.client.onEvents = (each, events) => this.#events(this.client, each, events);
    this.server.onEvents = (each, events) => this.#events(this.server, each, events);
    this.server.onReady = (listener) => {
      const each = tcpAccept(listener);
      if (each === undefined) return;
      this.passive = each;
      this.#events(this.server, each, CONNECTED | READABLE);
    };
    tcpListen(this.server.tcp, 0, PORT, 8);
  }

  start(): void {
    const ends = {
      localAddress: CLIENT,
      localPort: 0,
      remoteAddress: SERVER,
      remotePort: PORT,
    };
    const opened = tcpConnect(this.client.tcp, this.client.turn, ends);
    if (typeof opened === "string") throw new Error(opened);
    this.active = opened;
  }

  #events(host: TcpHost, connection: Connection, events: number): void {
    const mine = host === this.client ? this.up : this.down;
    const theirs = host === this.client ? this.down : this.up;
    if ((events & READABLE) !== 0) this.read(host, connection, theirs);
    if ((events & (CONNECTED | WRITABLE)) !== 0) this.#write(host, connection, mine);
    if ((events & ENDED) !== 0) {
      this.outcomes[host === this.client ? "client" : "server"] = connection.outcome;
    }
  }

  #write(host: TcpHost, connection: Connection, pipe: Pipe): void {
    const taken = tcpSend(host.tcp, host.turn, connection, pipe.data, pipe.sent);
    pipe.sent += taken;
    if (pipe.sent === pipe.data.length) tcpFinish(host.tcp, host.turn, connection);
  }

  read(host: TcpHost, connection: Connection, pipe: Pipe): void {
    while (this.reading) {
      const bytes = tcpReceive(host.tcp, host.turn, connection, 5000);
      if (bytes.length === 0) break;
      pipe.received.update(bytes);
      pipe.count += bytes.length;
    }
    if (!atEnd(connection)) return;
    pipe.ended = true;
    const both = this.up.ended && this.down.ended;
    if (both && this.active !== undefined) tcpClose(this.client.tcp, this.client.turn, this.active);
    if (both && this.passive !== undefined) {
      tcpClose(this.server.tcp, this.server.turn, this.passive);
    }
  }

  /** Reads what has waited. */
  readAll(): void {
    this.reading = true;
    if (this.active !== undefined) this.read(this.client, this.active, this.down);
    if (this.passive !== undefined) this.read(this.server, this.passive, this.up);
  }

  /** Both hosts, or one, are replaced by others with their state. */
  swap(host: "client" | "server"): void {
    const side = host === "client" ? "active" : "passive";
    const one = this[side];
    const held = one !== undefined && one.outcome !== "" ? [one] : [];
    const all = this[host].swap(held);
    if (one !== undefined) this[side] = all.find((each) => each.id === one.id);
  }

  get done(): boolean {
    return this.up.ended && this.down.ended;
  }

  /** Both tables are as empty as before. */
  get clean(): boolean {
    const empty = (host: TcpHost) =>
      host.tcp.connections.length === 0 &&
      host.tcp.account.used === 0 &&
      host.tcp.halfOpen === 0 &&
      host.tcp.timeWait === 0;
    return empty(this.client) && empty(this.server);
  }
}
