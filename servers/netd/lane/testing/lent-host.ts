// A host on the simulated wire whose connections are lent while they are plain: what arrives for them, and what their users say, are events of
// a card and of clients that the kernel answers by messages.
//
// Invariant: TypeScript's TCP is entered only after all was taken back, as in the server.

import { fnv1a } from "../../../../sdk/contract/fnv.ts";
import { part } from "../../../../tape/kernels/checksum.tape";
import { createCounters } from "../../counters.ts";
import { tcpSend } from "../../tcp/calls.ts";
import type { Connection } from "../../tcp/connection.ts";
import { TcpHost } from "../../tcp/testing/host.ts";
import { createWire } from "../../wires.ts";
import { Lane, LANE_BYTES, type LaneArea, type LanePool } from "../lane.ts";
import { head } from "../layout.ts";
import type { LentEnds } from "../lend.ts";

const CARD = { key: 1, handle: 100 };
const SLOTS = 256;
const MAC = 0x0200_0000_0001;
const id = (method: string) => fnv1a(method);
const [MESSAGE, CALL] = [1, 2];

/** Ethernet and IP header to a host, its sum not made. */
export function headersTo(source: number, destination: number): Uint8Array {
  const way = new Uint8Array(34);
  const view = new DataView(way.buffer);
  view.setUint16(0, 0x0200);
  view.setUint32(2, 1);
  view.setUint16(12, 0x0800);
  view.setUint32(14, 0x45ff_0000);
  view.setUint32(22, 0x4006_ffff);
  view.setUint32(26, source);
  view.setUint32(30, destination);
  return way;
}

/** A frame with an IP packet of TCP. */
function frameOf(
  source: number,
  destination: number,
  segment: Uint8Array,
  congestion: number,
): Uint8Array {
  const frame = new Uint8Array(34 + segment.length);
  frame.set(headersTo(source, destination));
  frame.set(segment, 34);
  const view = new DataView(frame.buffer);
  view.setUint16(14, 0x4500 + congestion);
  view.setUint16(16, 20 + segment.length);
  view.setUint16(20, 0x4000);
  view.setUint16(24, 0);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)));
  return frame;
}

interface Event {
  readonly type: number;
  readonly key: number;
  readonly payload: Uint8Array;
}

class ArrayArea implements LaneArea {
  readonly events = new Uint8Array(32_768);
  readonly messages = new Uint8Array(28_672);
  readonly more = new Uint8Array(LANE_BYTES);
  sent = 0;
  bring(): void {}
  send(bytes: number): void {
    this.sent = bytes;
  }
  copyIn(at: number, bytes: Uint8Array): void {
    this.more.set(bytes, at);
  }
  copyOut(at: number, count: number): Uint8Array {
    return this.more.slice(at, at + count);
  }
}

/** What one client's end is, and what it has not said it has read. */
interface Client extends LentEnds {
  readonly connection: Connection;
  read: number;
}

export class LentHost extends TcpHost {
  /** Bytes for a user. */
  onBytes: (connection: Connection, bytes: Uint8Array) => void = () => {};
  readonly lane: Lane;
  /** What the kernel left, by why it did. */
  readonly left: number[] = [];
  readonly #area = new ArrayArea();
  readonly #pool: LanePool & { readonly frames: Uint8Array; readonly slots: Uint8Array } = {
    frames: new Uint8Array(2048),
    slots: new Uint8Array(SLOTS * 2048),
    ...CARD,
    slotCount: SLOTS,
    next: 0,
    room: SLOTS,
    taken: 0,
    pieces: 0,
  };
  readonly #clients: Client[] = [];
  /** Slots that are free again, which the driver has not said yet. */
  #freed = 0;

  constructor(...all: ConstructorParameters<typeof TcpHost>) {
    super(...all);
    const stack = {
      wires: [createWire(0, () => ({}) as never)],
      loopback: [],
      counters: createCounters(),
      identifications: new Uint16Array(64),
    };
    stack.wires[0]!.link.mac = MAC;
    const self = this;
    const host = {
      get stack() {
        return { ...stack, tcp: self.tcp };
      },
      clock: { latest: 0, ahead: 0 },
      tookBack: () => {},
    };
    this.lane = new Lane(host, {
      area: () => this.#area,
      port: () => 7,
      pool: () => this.#pool,
      way: ({ localAddress, remoteAddress }) => ({
        wire: 0,
        headers: headersTo(localAddress, remoteAddress),
        until: Number.POSITIVE_INFINITY,
      }),
      client: (connection) => this.#client(connection),
    });
  }

  #client(connection: Connection): Client {
    const found = this.#clients.find((each) => each.connection === connection);
    if (found !== undefined) return found;
    const handle = 200 + this.#clients.length;
    const made = { connection, key: handle, handle, credit: 8, read: 0 };
    this.#clients.push(made);
    return made;
  }

  override deadline(): number {
    return this.lane.holds
      ? Math.min(this.tcp.deadline, this.lane.n[head.due]!)
      : this.tcp.deadline;
  }

  override wake(now: number): void {
    if (this.lane.holds && this.#serve([])) return;
    super.wake(now);
    this.lane.offer();
  }

  override arrive(source: number, bytes: Uint8Array, now?: number, congestion = 0): void {
    const { frames } = this.#pool;
    const frame = frameOf(source, this.address, bytes, congestion);
    if (this.lane.holds && frame.length <= frames.length) {
      frames.set(frame);
      const payload = new Uint8Array(18);
      const view = new DataView(payload.buffer);
      view.setUint32(0, id("arrived"), true);
      view.setUint16(4, 12, true);
      view.setUint32(10, frame.length, true);
      view.setUint32(14, 2, true);
      if (this.#serve([{ type: MESSAGE, key: CARD.key, payload }])) return;
    }
    this.lane.recall();
    // As the server does with what it takes on the short way.
    const ports = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    this.tcp.recent = this.tcp.connections.find(
      (each) => each.remotePort * 65_536 + each.localPort === ports,
    );
    super.arrive(source, bytes, now, congestion);
    this.lane.offer();
  }

  /** A user sends; all of it, or as much as there is room for. */
  send(connection: Connection, bytes: Uint8Array): void {
    const client = this.#client(connection);
    if (this.lane.holds && bytes.length <= 4064) {
      const payload = new Uint8Array(6 + bytes.length);
      const view = new DataView(payload.buffer);
      view.setUint32(0, id("transmit"), true);
      view.setUint16(4, bytes.length, true);
      payload.set(bytes, 6);
      if (this.#serve([{ type: CALL, key: client.key, payload }])) return;
    }
    this.lane.recall();
    tcpSend(this.tcp, this.turn, connection, bytes, 0);
  }

  /** Whether the kernel has dealt with all events, behind what the driver and clients had to say before. */
  #serve(events: Event[]): boolean {
    const list = [...this.#said(), ...events];
    const { events: area } = this.#area;
    const view = new DataView(area.buffer);
    area.fill(0, 0, 32);
    this.lane.n[head.ahead] = this.wire.now;
    let at = 32;
    for (const { type, key, payload } of list) {
      const size = (40 + payload.length + 7) & ~7;
      area.fill(0, at, at + size);
      view.setUint32(at, size, true);
      view.setUint16(at + 4, type, true);
      view.setUint32(at + 12, type === CALL ? 300 : 0, true);
      view.setUint32(at + 16, key, true);
      view.setUint32(at + 32, payload.length, true);
      area.set(payload, at + 40);
      at += size;
    }
    this.#area.sent = 0;
    const all = this.lane.take(at - 32, true) === at - 32 && this.lane.left === 0;
    this.left[this.lane.left] = (this.left[this.lane.left] ?? 0) + 1;
    if (this.#area.sent > 0) this.#deliver(this.#area.messages.slice(0, this.#area.sent));
    return all;
  }

  /** What driver and clients say of what they have taken. */
  #said(): Event[] {
    const list: Event[] = [];
    if (this.#freed > 0) {
      const payload = new Uint8Array(8);
      const view = new DataView(payload.buffer);
      view.setUint32(0, id("sent"), true);
      view.setUint32(4, this.#freed, true);
      list.push({ type: MESSAGE, key: CARD.key, payload });
      this.#freed = 0;
    }
    for (const client of this.#clients) {
      if (client.read < 4) continue;
      const payload = new Uint8Array(6);
      const view = new DataView(payload.buffer);
      view.setUint32(0, id("more"), true);
      view.setUint16(4, client.read, true);
      list.push({ type: MESSAGE, key: client.key, payload });
      client.read = 0;
    }
    return list;
  }

  /** Messages to the driver and to clients: frames leave before anybody answers. */
  #deliver(messages: Uint8Array): void {
    const view = new DataView(messages.buffer);
    const data: [Client, Uint8Array][] = [];
    for (let at = 0; at < messages.length; at += view.getUint32(at, true)) {
      const handle = view.getUint32(at + 8, true);
      const method = view.getUint32(at + 40, true);
      if (handle === CARD.handle && method === id("post")) this.#post(view, at + 44);
      const client = this.#clients.find((each) => each.handle === handle);
      if (client === undefined || method !== id("data")) continue;
      const count = view.getUint16(at + 44, true);
      data.push([client, messages.slice(at + 46, at + 46 + count)]);
    }
    for (const [client, bytes] of data) {
      client.read += 1;
      this.onBytes(client.connection, bytes);
    }
  }

  #post(view: DataView, at: number): void {
    const { slots } = this.#pool;
    for (let p = at + 6; p < at + 6 + view.getUint16(at + 4, true); p += 20) {
      const from = view.getUint32(p, true) * 2048 + 16;
      const frame = slots.slice(from, from + view.getUint32(p + 8, true));
      const to = new DataView(frame.buffer).getUint32(30);
      this.#freed += 1;
      const sum = part(frame, 14, 34);
      if (sum !== 0xffff) throw new Error(`the sum of an IP header is ${sum}`);
      this.wire.send(this.address, to, frame.slice(34), frame[15]! & 3);
    }
  }
}
