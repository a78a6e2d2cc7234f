// A host on the simulated wire: a TCP table with its parser in front, and users that a test plays.

import { createIpv4Header, PROTOCOL_TCP } from "../../ipv4.ts";
import { cut } from "../../../../tape/kernels/frames.tape";
import {
  FRAME_START,
  IP_PAYLOAD,
  type PacketBuffer,
  createPacketBuffer,
} from "../../packet-buffer.ts";
import { type Refusal, refusalCodes } from "../../refusal.ts";
import type { Turn } from "../../turn.ts";
import { restoreTcp } from "../../state/restore-tcp.ts";
import { saveTcp } from "../../state/save-tcp.ts";
import { TableReader } from "../../state/table-reader.ts";
import { TableWriter } from "../../state/table-writer.ts";
import { segmentArrived } from "../arrive.ts";
import type { Connection } from "../connection.ts";
import { createSegment, parseTcp } from "../segment.ts";
import { type TcpSettings, standardSettings } from "../settings.ts";
import {
  type Listener,
  type TcpTable,
  type TcpWorld,
  createTcpTable,
  takeSignalled,
} from "../table.ts";
import { tcpDeadline } from "../timers.ts";
import type { Wire, WireEnd } from "./wire.ts";

/** What a user does with a connection's events. */
export type EventHandler = (connection: Connection, events: number) => void;

export class TcpHost implements WireEnd {
  tcp: TcpTable;
  readonly wire: Wire;
  readonly address: number;
  /** Refusals by code. */
  readonly refused: { [code: string]: number } = {};
  onEvents: EventHandler = () => {};
  onReady: (listener: Listener) => void = () => {};
  /** Into how many frames a packet may be cut. */
  longest = 0;
  /** Packets that were. */
  cut = 0;
  /** Builds plain segments. */
  compose: TcpWorld["compose"];
  /** Longest IP packet of the interface. */
  mtu = 1500;
  readonly #packet = createPacketBuffer();
  readonly #ip = createIpv4Header();
  readonly #segment = createSegment();
  readonly #key: number;

  constructor(wire: Wire, address: number, settings: Partial<TcpSettings> = {}) {
    this.wire = wire;
    this.address = address;
    this.#key = wire.random.word();
    this.tcp = this.#createTable({ ...standardSettings, ...settings }, wire.random.word());
    wire.join(address, this);
  }

  #createTable(settings: TcpSettings, salt: number): TcpTable {
    const { wire, address } = this;
    const world: TcpWorld = {
      transmit: (_source, destination, packet, congestion) => {
        if (packet.tail !== undefined) this.#cut(packet, destination, congestion);
        else
          wire.send(address, destination, packet.bytes.slice(IP_PAYLOAD, packet.end), congestion);
      },
      compose: (ends, ...fields) => this.compose?.(ends, ...fields) ?? false,
      longest: () => this.longest,
      interfaceMtu: () => this.mtu,
      pathMtu: () => this.mtu,
      hash: (a, b, c, d) => this.#hash(a, b, c, d),
    };
    return createTcpTable(world, settings, salt);
  }

  /** A long packet goes out as the kernel cuts it. */
  #cut(packet: PacketBuffer, destination: number, congestion: number): void {
    const { tail, tailOffset, tailBytes, tailSize, bytes, view } = packet;
    const ring = tail!.bytes as Uint8Array;
    view.setUint32(IP_PAYLOAD - 8, this.address);
    view.setUint32(IP_PAYLOAD - 4, destination);
    const front = packet.end - FRAME_START - tailBytes;
    const headers = bytes.slice(FRAME_START, FRAME_START + front);
    const frames = new Uint8Array(Math.ceil(tailBytes / tailSize) * 2048);
    const from = (tail!.head + tailOffset) & (ring.length - 1);
    const count = cut(headers, ring, from, tailBytes, tailSize, frames, 2048);
    this.cut += 1;
    for (let index = 0; index < count; index++) {
      const data = Math.min(tailSize, tailBytes - index * tailSize);
      const at = index * 2048;
      this.wire.send(
        this.address,
        destination,
        frames.slice(at + IP_PAYLOAD - FRAME_START, at + front + data),
        congestion,
      );
    }
  }

  /** Another host takes this one's place, with its state; `held`: connections that are over and still have a user. All connections. */
  swap(held: readonly Connection[]): Connection[] {
    const writer = new TableWriter();
    saveTcp(writer, this.tcp, held);
    const reader = TableReader.open(writer.finish());
    this.tcp = this.#createTable(this.tcp.settings, 0);
    const all = reader && restoreTcp(reader, this.tcp, this.wire.now);
    if (all === undefined) throw new Error("the state was refused");
    return all;
  }

  /** No hash to hide behind, but one that mixes. */
  #hash(a: number, b: number, c: number, d: number): number {
    let mixed = this.#key;
    for (const each of [a, b, c, d, 0x5bd1e995]) {
      mixed = Math.imul(mixed ^ each, 0x9e3779b1);
      mixed ^= mixed >>> 13;
    }
    return mixed >>> 0;
  }

  get turn(): Turn {
    return { now: this.wire.now, random32: () => this.wire.random.word() };
  }

  deadline(): number {
    return this.tcp.deadline;
  }

  wake(now: number): void {
    tcpDeadline(this.tcp, now);
    this.settle();
  }

  arrive(source: number, bytes: Uint8Array, _now?: number, congestion = 0): void {
    const why = this.take(source, bytes, congestion);
    if (why !== undefined) {
      const code = refusalCodes[why];
      this.refused[code] = (this.refused[code] ?? 0) + 1;
    }
    this.settle();
  }

  /** Takes a raw segment in; why it was refused. */
  take(source: number, bytes: Uint8Array, congestion = 0): Refusal | undefined {
    const packet = this.#packet;
    packet.bytes.set(bytes, IP_PAYLOAD);
    packet.end = IP_PAYLOAD + bytes.length;
    this.#ip.source = source;
    this.#ip.congestion = congestion;
    this.#ip.destination = this.address;
    this.#ip.protocol = PROTOCOL_TCP;
    this.#ip.payloadStart = IP_PAYLOAD;
    this.#ip.payloadEnd = packet.end;
    const segment = parseTcp(packet, this.#ip, this.#segment);
    if (typeof segment === "number") return segment;
    return segmentArrived(this.tcp, this.turn, segment, packet);
  }

  /** Hands events to the users until there are none. */
  settle(): void {
    for (;;) {
      const ready = this.tcp.readyListeners.splice(0);
      for (const listener of ready) this.onReady(listener);
      const list = takeSignalled(this.tcp);
      if (list.length === 0 && ready.length === 0) return;
      for (const connection of list) {
        const { events } = connection;
        connection.events = 0;
        this.onEvents(connection, events);
      }
    }
  }
}
