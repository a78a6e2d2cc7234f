// Captures in pcapng (draft-ietf-opsawg-pcapng), and the pcap stream of QEMU's filter-dump from which they are made.
// Invariant: frames pass as they are, with their time in microseconds; a stream may be cut anywhere.

/** A frame of the wire. */
export interface Frame {
  /** microseconds since 1970 */
  readonly time: bigint;
  readonly bytes: Uint8Array;
  /** how long it was on the wire; more than `bytes` where it was cut */
  readonly length: number;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 6;
const STATISTICS = 5;
const ETHERNET = 1;
/** What filter-dump keeps of a frame at most. */
const SNAP = 65_536;

const padded = (bytes: Uint8Array) => {
  const whole = Buffer.alloc((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
};

function block(type: number, body: Uint8Array): Buffer {
  const total = 12 + body.length;
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(total, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(total, total - 4);
  return bytes;
}

function option(code: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

const text = (words: string) => Buffer.from(words, "utf8");
const END = Buffer.alloc(4);

/** What a capture begins with: one section with one Ethernet interface. */
export function pcapngStart(interfaceName: string): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8);
  const card = Buffer.alloc(8);
  card.writeUInt16LE(ETHERNET, 0);
  card.writeUInt32LE(SNAP, 4);
  const sectionOptions = [option(4, text("uusi capture")), END];
  // if_name and if_tsresol: microseconds
  const cardOptions = [option(2, text(interfaceName)), option(9, Buffer.of(6)), END];
  return Buffer.concat([
    block(SECTION, Buffer.concat([section, ...sectionOptions])),
    block(INTERFACE, Buffer.concat([card, ...cardOptions])),
  ]);
}

/** One frame. */
export function pcapngFrame({ time, bytes, length }: Frame): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffff_ffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(length, 16);
  return block(PACKET, Buffer.concat([head, padded(bytes)]));
}

/** What a capture ends with: how many frames there were, at a time in microseconds since 1970. */
export function pcapngEnd(frames: number, time: bigint): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffff_ffffn), 8);
  const received = Buffer.alloc(8);
  received.writeBigUInt64LE(BigInt(frames));
  return block(STATISTICS, Buffer.concat([head, option(4, received), END]));
}

/** Takes frames out of a pcap stream (version 2.4, little-endian, microseconds, as filter-dump writes it). */
export class PcapStream {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  /** The frames that are whole now. @throws Error when this is no such stream */
  push(piece: Uint8Array): Frame[] {
    let bytes = Buffer.concat([this.#rest, piece]);
    if (!this.#begun) {
      if (bytes.length >= 4 && bytes.readUInt32LE(0) !== 0xa1b2c3d4)
        throw new Error("this is no pcap stream of this machine");
      if (bytes.length < 24) {
        this.#rest = bytes;
        return [];
      }
      this.#begun = true;
      bytes = bytes.subarray(24);
    }
    const frames: Frame[] = [];
    while (bytes.length >= 16) {
      const kept = bytes.readUInt32LE(8);
      if (kept > SNAP) throw new Error("the pcap stream names a frame that is too long");
      if (bytes.length < 16 + kept) break;
      const time = BigInt(bytes.readUInt32LE(0)) * 1_000_000n + BigInt(bytes.readUInt32LE(4));
      const length = bytes.readUInt32LE(12);
      frames.push({ time, bytes: Uint8Array.from(bytes.subarray(16, 16 + kept)), length });
      bytes = bytes.subarray(16 + kept);
    }
    this.#rest = bytes;
    return frames;
  }
}
