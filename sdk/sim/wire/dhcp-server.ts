// A DHCP server for one client (RFC 2131, options of RFC 2132): what the simulated wire offers in place of a real network.
// Invariant: it acknowledges exactly the address that it offered; any other request gets DHCPNAK.

const MAGIC = 0x63825363;
const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACK = 5;
const NAK = 6;
const RELEASE = 7;

export interface Lease {
  /** IPv4 addresses as 32-bit numbers */
  client: number;
  server: number;
  router: number;
  mask: number;
  name: number;
  /** seconds */
  duration: number;
}

/** What became of the client. */
export type LeaseState = "free" | "offered" | "bound";

export class DhcpServer {
  lease: Lease;
  state: LeaseState = "free";
  requests = 0;

  constructor(lease: Lease) {
    this.lease = lease;
  }

  /** The reply to a BOOTP message of the client, or undefined where the protocol wants silence. */
  answer(message: Uint8Array): Uint8Array | undefined {
    if (message.length < 240 || message[0] !== 1 || message[1] !== 1 || message[2] !== 6)
      return undefined;
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    if (view.getUint32(236) !== MAGIC) return undefined;
    const options = parseOptions(message.subarray(240));
    const type = options.get(53)?.[0];
    if (type === DISCOVER) {
      if (this.state === "free") this.state = "offered";
      return this.#reply(message, OFFER);
    }
    if (type === RELEASE) {
      this.state = "free";
      return undefined;
    }
    if (type !== REQUEST) return undefined;
    const server = options.get(54);
    if (server !== undefined && word(server) !== this.lease.server) return undefined;
    this.requests++;
    const asked = options.get(50);
    const wanted = asked !== undefined ? word(asked) : view.getUint32(12);
    if (wanted !== this.lease.client) return this.#reply(message, NAK);
    this.state = "bound";
    return this.#reply(message, ACK);
  }

  #reply(request: Uint8Array, type: number): Uint8Array {
    const reply = new Uint8Array(300);
    const view = new DataView(reply.buffer);
    reply.set([2, 1, 6, 0]);
    reply.set(request.subarray(4, 8), 4); // transaction
    reply.set(request.subarray(10, 12), 10); // flags
    if (type === ACK) reply.set(request.subarray(12, 16), 12);
    if (type !== NAK) view.setUint32(16, this.lease.client);
    view.setUint32(20, this.lease.server);
    reply.set(request.subarray(28, 44), 28); // hardware address
    view.setUint32(236, MAGIC);
    let at = 240;
    const option = (code: number, ...words: number[]) => {
      view.setUint8(at, code);
      view.setUint8(at + 1, words.length * 4);
      for (let i = 0; i < words.length; i++) view.setUint32(at + 2 + i * 4, words[i] as number);
      at += 2 + words.length * 4;
    };
    reply.set([53, 1, type], at);
    at += 3;
    option(54, this.lease.server);
    if (type !== NAK) {
      option(51, this.lease.duration);
      option(1, this.lease.mask);
      option(3, this.lease.router);
      option(6, this.lease.name);
    }
    reply[at] = 255;
    return reply;
  }
}

function word(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

function parseOptions(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at] as number;
    if (code === 255) break;
    if (code === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (at + 2 + length > bytes.length) break;
    found.set(code, bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}
