// Byte layouts that the far end of the wire needs: Ethernet II, ARP (RFC 826), IPv4 (RFC 791), ICMP (RFC 792), UDP (RFC 768).
// Written apart from the stack under test, so that an error there is not repeated here.

/** The Internet checksum (RFC 1071) over bytes, with a start value for pseudo headers. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2)
    sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Dotted decimal to a 32-bit number; throws RangeError on anything else. */
export function address(text: string): number {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((p) => !Number.isInteger(p) || p < 0 || p > 255)) {
    throw new RangeError(`not an IPv4 address: ${text}`);
  }
  return parts.reduce((whole, part) => whole * 256 + part, 0);
}

export function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** An Ethernet II frame, padded to the 60 bytes that a wire carries. */
export function ethernet(
  to: Uint8Array,
  from: Uint8Array,
  type: number,
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(Math.max(60, 14 + payload.length));
  frame.set(to, 0);
  frame.set(from, 6);
  frame[12] = type >> 8;
  frame[13] = type & 255;
  frame.set(payload, 14);
  return frame;
}

export interface Ipv4Packet {
  source: number;
  destination: number;
  protocol: number;
  payload: Uint8Array;
  /** hosts that may still have it; 64 where nothing says so */
  timeToLive?: number;
}

/** Parses an IPv4 packet; undefined when it is malformed, a fragment, or its header checksum is wrong. */
export function parseIpv4(bytes: Uint8Array): Ipv4Packet | undefined {
  if (bytes.length < 20 || (bytes[0] as number) >> 4 !== 4) return undefined;
  const header = ((bytes[0] as number) & 15) * 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const total = view.getUint16(2);
  if (header < 20 || total < header || total > bytes.length) return undefined;
  if (internetChecksum(bytes.subarray(0, header)) !== 0) return undefined;
  if ((view.getUint16(6) & 0x3fff) !== 0) return undefined;
  return {
    source: view.getUint32(12),
    destination: view.getUint32(16),
    protocol: bytes[9] as number,
    timeToLive: bytes[8] as number,
    payload: bytes.slice(header, total),
  };
}

export function ipv4(packet: Ipv4Packet, identification: number): Uint8Array {
  const bytes = new Uint8Array(20 + packet.payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x45;
  view.setUint16(2, bytes.length);
  view.setUint16(4, identification & 0xffff);
  bytes[8] = packet.timeToLive ?? 64;
  bytes[9] = packet.protocol;
  view.setUint32(12, packet.source);
  view.setUint32(16, packet.destination);
  view.setUint16(10, internetChecksum(bytes.subarray(0, 20)));
  bytes.set(packet.payload, 20);
  return bytes;
}

function pseudoHeader(source: number, destination: number, length: number): number {
  return (
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    17 +
    length
  );
}

export interface Datagram {
  from: number;
  to: number;
  payload: Uint8Array;
}

/** Parses UDP out of an IPv4 packet; undefined when it is malformed or its checksum is wrong. */
export function parseUdp(packet: Ipv4Packet): Datagram | undefined {
  const bytes = packet.payload;
  if (packet.protocol !== 17 || bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(4);
  if (length < 8 || length > bytes.length) return undefined;
  const start = pseudoHeader(packet.source, packet.destination, length);
  if (view.getUint16(6) !== 0 && internetChecksum(bytes.subarray(0, length), start) !== 0) {
    return undefined;
  }
  return { from: view.getUint16(0), to: view.getUint16(2), payload: bytes.slice(8, length) };
}

export function udp(source: number, destination: number, d: Datagram): Uint8Array {
  const bytes = new Uint8Array(8 + d.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, d.from);
  view.setUint16(2, d.to);
  view.setUint16(4, bytes.length);
  bytes.set(d.payload, 8);
  const sum = internetChecksum(bytes, pseudoHeader(source, destination, bytes.length));
  view.setUint16(6, sum === 0 ? 0xffff : sum);
  return bytes;
}
