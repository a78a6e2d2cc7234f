// The far end of the simulated wire: a gateway that answers ARP, ICMP echo and DHCP, and two routers and a host behind it that answer
// echo. It keeps every frame, so that a test can say what was on the wire. Invariant: it never speaks first, but for `ping`.
import { DhcpServer, type Lease } from "./dhcp-server.ts";
import {
  address,
  ethernet,
  internetChecksum,
  type Ipv4Packet,
  ipv4,
  parseIpv4,
  parseUdp,
  udp,
} from "./frames.ts";

const BROADCAST = 0xffffffff;
const EVERYONE = new Uint8Array(6).fill(0xff);

/** The network that QEMU's user mode offers, so that both worlds show the same addresses. */
export const defaultLease: Lease = {
  client: address("10.0.2.15"),
  server: address("10.0.2.2"),
  router: address("10.0.2.2"),
  mask: address("255.255.255.0"),
  name: address("10.0.2.3"),
  duration: 86_400,
};

/** Routers behind the gateway, and the host that they lead to. */
export const behind = {
  routers: [address("192.0.2.1"), address("192.0.2.9")],
  host: address("198.51.100.7"),
} as const;

/** A frame on the wire. */
export interface Captured {
  /** by the guest, else by the gateway */
  sent: boolean;
  frame: Uint8Array;
}

export class Gateway {
  readonly mac = new Uint8Array([0x52, 0x55, 10, 0, 2, 2]);
  readonly dhcp: DhcpServer;
  readonly capture: Captured[] = [];
  readonly #send: (frame: Uint8Array) => void;
  /** echo replies that came back for `ping`, by sequence number */
  readonly echoed: number[] = [];
  #identification = 1;
  #guest: Uint8Array = EVERYONE;

  constructor(send: (frame: Uint8Array) => void, lease: Lease = defaultLease) {
    this.#send = send;
    this.dhcp = new DhcpServer(lease);
  }

  /** A frame from the guest. */
  receive(frame: Uint8Array): void {
    this.capture.push({ sent: true, frame });
    if (frame.length < 14) return;
    const broadcast = frame.subarray(0, 6).every((b) => b === 0xff);
    const mine = frame.subarray(0, 6).every((b, i) => b === this.mac[i]);
    if (!broadcast && !mine) return;
    this.#guest = frame.slice(6, 12);
    const type = ((frame[12] as number) << 8) | (frame[13] as number);
    if (type === 0x0806) this.#arp(frame.subarray(14));
    else if (type === 0x0800) this.#ip(frame.subarray(14));
  }

  /** Sends one echo request to the guest; its reply shows up in `echoed`. */
  ping(sequence: number): void {
    const body = new Uint8Array(40);
    const view = new DataView(body.buffer);
    body[0] = 8;
    view.setUint16(4, 0x4c65);
    view.setUint16(6, sequence);
    view.setUint16(2, internetChecksum(body));
    this.#packet({
      source: this.#lease.server,
      destination: this.#lease.client,
      protocol: 1,
      payload: body,
    });
  }

  /** Puts raw bytes on the wire towards the guest. */
  inject(frame: Uint8Array): void {
    this.capture.push({ sent: false, frame });
    this.#send(frame);
  }

  get #lease(): Lease {
    return this.dhcp.lease;
  }

  #owns(ip: number): boolean {
    return ip === this.#lease.server || ip === this.#lease.router || ip === this.#lease.name;
  }

  #arp(bytes: Uint8Array): void {
    if (bytes.length < 28) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const target = view.getUint32(24);
    if (view.getUint32(0) !== 0x00010800 || view.getUint32(4) !== 0x06040001) return;
    if (!this.#owns(target)) return;
    const reply = new Uint8Array(28);
    const out = new DataView(reply.buffer);
    out.setUint32(0, 0x00010800);
    out.setUint32(4, 0x06040002);
    reply.set(this.mac, 8);
    out.setUint32(14, target);
    reply.set(bytes.subarray(8, 18), 18);
    this.inject(ethernet(bytes.slice(8, 14), this.mac, 0x0806, reply));
  }

  #ip(bytes: Uint8Array): void {
    const packet = parseIpv4(bytes);
    if (packet === undefined) return;
    if (packet.protocol === 1 && this.#owns(packet.destination)) this.#icmp(packet);
    if (packet.protocol === 1 && packet.destination === behind.host) this.#passOn(packet, bytes);
    const datagram = parseUdp(packet);
    if (datagram === undefined || datagram.to !== 67) return;
    if (packet.destination !== BROADCAST && packet.destination !== this.#lease.server) return;
    const answer = this.dhcp.answer(datagram.payload);
    if (answer === undefined) return;
    const unicast = packet.source !== 0 && packet.source === this.#lease.client;
    const destination = unicast ? packet.source : BROADCAST;
    const source = this.#lease.server;
    const payload = udp(source, destination, { from: 67, to: 68, payload: answer });
    this.#packet({ source, destination, protocol: 17, payload });
  }

  /** To the host behind the routers; the one at which its time ends says so, quoting the packet (RFC 792). */
  #passOn(packet: Ipv4Packet, bytes: Uint8Array): void {
    const path = [this.#lease.router, ...behind.routers];
    const { timeToLive = 64, source: destination } = packet;
    const source = path[timeToLive - 1];
    if (source === undefined) {
      this.#icmp(packet);
      return;
    }
    const payload = new Uint8Array(8 + 28);
    payload[0] = 11;
    payload.set(bytes.subarray(0, 28), 8);
    const sum = internetChecksum(payload);
    payload[2] = sum >> 8;
    payload[3] = sum & 255;
    this.#packet({ source, destination, protocol: 1, payload });
  }

  #icmp(packet: Ipv4Packet): void {
    const body = packet.payload;
    if (body.length < 8 || internetChecksum(body) !== 0) return;
    if (body[0] === 0) {
      this.echoed.push(((body[6] as number) << 8) | (body[7] as number));
      return;
    }
    if (body[0] !== 8) return;
    const reply = body.slice();
    reply[0] = 0;
    reply[2] = reply[3] = 0;
    const sum = internetChecksum(reply);
    reply[2] = sum >> 8;
    reply[3] = sum & 255;
    this.#packet({
      source: packet.destination,
      destination: packet.source,
      protocol: 1,
      payload: reply,
    });
  }

  #packet(packet: Ipv4Packet): void {
    const to = packet.destination === BROADCAST ? EVERYONE : this.#guest;
    this.inject(ethernet(to, this.mac, 0x0800, ipv4(packet, this.#identification++)));
  }
}
