// A connection between our host and a peer that a test plays, past its handshake.

import { tcpAccept, tcpListen } from "../calls.ts";
import type { Connection } from "../connection.ts";
import { ACK, SYN } from "../segment.ts";
import type { TcpSettings } from "../settings.ts";
import type { Listener } from "../table.ts";
import { type Heard, RawPeer, type RawSegment } from "./raw-segment.ts";

/** The peer's port and first number; ours listens at 80. */
export const PEER_PORT = 5555;
export const PEER_START = 0xfffffff0;
export const OWN_PORT = 80;

const ports = { sourcePort: PEER_PORT, destinationPort: OWN_PORT };

export class Established {
  readonly peer: RawPeer;
  readonly connection: Connection;
  /** The number of the next byte of the peer, and the one that it expects of us. */
  sequence = (PEER_START + 1) >>> 0;
  expected: number;
  /** What the peer's segments offer unless told otherwise. */
  readonly window: number;

  /** `options`: of the peer's SYN. */
  constructor(
    options: readonly number[] = [],
    settings: Partial<TcpSettings> = {},
    window = 65_535,
    flags = SYN,
  ) {
    this.peer = new RawPeer(settings);
    this.window = window;
    const listener = tcpListen(this.peer.host.tcp, 0, OWN_PORT, 4) as Listener;
    const syn = { ...ports, sequence: PEER_START, flags, options, window };
    const [answer] = this.peer.send(syn);
    this.expected = (answer!.sequence + 1) >>> 0;
    const stamps = answer!.hasTimestamp ? stamp(1, answer!.timestamp) : [];
    this.send({ options: stamps });
    this.connection = tcpAccept(listener)!;
    this.peer.heard();
  }

  /** A segment of the peer with the right numbers, unless told otherwise. */
  send(raw: Partial<RawSegment>): Heard[] {
    const { sequence, expected, window } = this;
    const sound = { sequence, acknowledgment: expected, window, flags: ACK };
    return this.peer.send({ ...ports, ...sound, ...raw });
  }

  get host() {
    return this.peer.host;
  }
}

/** A timestamps option. */
export function stamp(value: number, echo: number): number[] {
  const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  return [1, 1, 8, 10, ...word(value), ...word(echo)];
}
