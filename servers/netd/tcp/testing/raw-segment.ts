// TCP segments built byte by byte with a checksum of their own, so that a test can lie; and a peer that a test plays with them.

import { join, plainChecksum } from "../../testing/frames.ts";
import { createIpv4Header } from "../../ipv4.ts";
import { IP_PAYLOAD, createPacketBuffer } from "../../packet-buffer.ts";
import { type TcpSegment, createSegment, parseTcp } from "../segment.ts";
import { TcpHost } from "./host.ts";
import { Wire, perfectWire } from "./wire.ts";
import type { TcpSettings } from "../settings.ts";

/** A segment's fields; all but the ports default to 0 or nothing. */
export interface RawSegment {
  sourcePort: number;
  destinationPort: number;
  sequence?: number;
  acknowledgment?: number;
  flags?: number;
  window?: number;
  options?: readonly number[];
  data?: Uint8Array;
  /** The IP header's ECN bits. */
  congestion?: number;
}

export function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Puts the right checksum in. */
export function sealed(source: number, destination: number, segment: Uint8Array): Uint8Array {
  segment[16] = segment[17] = 0;
  const { length } = segment;
  const pseudo = join(word(source), word(destination), [0, 6, length >> 8, length & 255]);
  const checksum = plainChecksum(join(pseudo, segment));
  segment[16] = checksum >> 8;
  segment[17] = checksum & 255;
  return segment;
}

/** The segment's bytes. */
export function rawSegment(source: number, destination: number, raw: RawSegment): Uint8Array {
  const options = raw.options ?? [];
  const segment = join(
    word(raw.sourcePort * 65_536 + raw.destinationPort),
    word(raw.sequence ?? 0),
    word(raw.acknowledgment ?? 0),
    [(5 + options.length / 4) << 4, raw.flags ?? 0, (raw.window ?? 65_535) >> 8],
    [(raw.window ?? 65_535) & 255, 0, 0, 0, 0],
    options,
    raw.data ?? [],
  );
  return sealed(source, destination, segment);
}

/** A parsed segment with its data. */
export type Heard = TcpSegment & { readonly data: Uint8Array };

/** One host of ours, and a peer at PEER whose every segment a test makes. */
export class RawPeer {
  static readonly OURS = 0x0a000001;
  static readonly PEER = 0x0a000009;
  readonly wire: Wire;
  readonly host: TcpHost;
  readonly #heard: Heard[] = [];

  constructor(settings: Partial<TcpSettings> = {}, seed = 1) {
    this.wire = new Wire(seed, { ...perfectWire, delay: 0 });
    this.host = new TcpHost(this.wire, RawPeer.OURS, settings);
    this.wire.filter = (source, destination, bytes) => {
      if (source === RawPeer.OURS) this.#heard.push(parse(source, destination, bytes));
      return false;
    };
  }

  /** A segment of the peer arrives; what our host answers at once. */
  send(raw: RawSegment): Heard[] {
    this.host.arrive(RawPeer.PEER, rawSegment(RawPeer.PEER, RawPeer.OURS, raw), 0, raw.congestion);
    return this.heard();
  }

  /** What our host has sent since. */
  heard(): Heard[] {
    return this.#heard.splice(0);
  }

  /** Lets time pass in milliseconds; what our host sends meanwhile. */
  pass(span: number): Heard[] {
    this.wire.run(() => false, span);
    return this.heard();
  }
}

function parse(source: number, destination: number, bytes: Uint8Array): Heard {
  const packet = createPacketBuffer();
  packet.bytes.set(bytes, IP_PAYLOAD);
  packet.end = IP_PAYLOAD + bytes.length;
  const ip = createIpv4Header();
  Object.assign(ip, { source, destination, payloadStart: IP_PAYLOAD, payloadEnd: packet.end });
  const segment = parseTcp(packet, ip, createSegment());
  if (typeof segment === "number") throw new Error(`our own segment was refused: ${segment}`);
  return { ...segment, data: packet.bytes.slice(segment.dataStart, segment.dataEnd) };
}
