// Frames for tests, built with a checksum of their own, independent of the code under test.

/** Bytes from hexadecimal text; spaces are ignored. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

/** Hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 1071, word by word. */
export function plainChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += bytes[index] * 256 + (index + 1 < bytes.length ? bytes[index + 1] : 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}

/** Joins byte sequences. */
export function join(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Six bytes of an Ethernet address. */
export function macBytes(mac: number): number[] {
  return [...word(Math.floor(mac / 65536)), (mac >>> 8) & 255, mac & 255];
}

/** An Ethernet frame. */
export function ethernetFrame(
  destination: number,
  source: number,
  type: number,
  payload: Uint8Array,
): Uint8Array {
  return join(macBytes(destination), macBytes(source), [type >> 8, type & 255], payload);
}

/** An IP packet with a 20-byte header, or with `options` behind it (a multiple of 4 bytes). */
export function ipPacket(
  protocol: number,
  source: number,
  destination: number,
  payload: Uint8Array,
  options: readonly number[] = [],
): Uint8Array {
  const length = 20 + options.length + payload.length;
  const header = join(
    [0x40 | (5 + options.length / 4), 0, length >> 8, length & 255],
    [0, 1, 0, 0, 64, protocol, 0, 0],
    word(source),
    word(destination),
    options,
  );
  const checksum = plainChecksum(header);
  header[10] = checksum >> 8;
  header[11] = checksum & 255;
  return join(header, payload);
}

/** A UDP datagram with its checksum. */
export function udpDatagram(
  source: number,
  destination: number,
  sourcePort: number,
  destinationPort: number,
  data: Uint8Array,
): Uint8Array {
  const length = 8 + data.length;
  const ports = [sourcePort >> 8, sourcePort & 255, destinationPort >> 8, destinationPort & 255];
  const datagram = join(ports, [length >> 8, length & 255, 0, 0], data);
  const pseudo = join(word(source), word(destination), [0, 17, length >> 8, length & 255]);
  const checksum = plainChecksum(join(pseudo, datagram)) || 0xffff;
  datagram[6] = checksum >> 8;
  datagram[7] = checksum & 255;
  return datagram;
}

/** An ICMP message with its checksum; `rest` is the second header word. */
export function icmpMessage(
  type: number,
  code: number,
  rest: number,
  data: Uint8Array,
): Uint8Array {
  const message = join([type, code, 0, 0], word(rest), data);
  const checksum = plainChecksum(message);
  message[2] = checksum >> 8;
  message[3] = checksum & 255;
  return message;
}

/** An ARP packet. */
export function arpPacket(
  operation: number,
  senderMac: number,
  senderIp: number,
  targetMac: number,
  targetIp: number,
): Uint8Array {
  return join(
    [0, 1, 8, 0, 6, 4, 0, operation],
    macBytes(senderMac),
    word(senderIp),
    macBytes(targetMac),
    word(targetIp),
  );
}
