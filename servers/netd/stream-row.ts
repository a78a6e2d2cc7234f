// The columns of a stream that outlives the end of netd (durable-streams.ts).
// Invariant: they keep their places; what comes later comes behind them, within the room of a row (sdk/hot/table.ts).
import { bool, u8, u16, u32 } from "../../sdk/contract/field.ts";

export const streamRow = {
  id: u32,
  /** Its client has not come back since netd ended. */
  awaited: bool,
  state: u8,
  /** 1 the peer's FIN has come, 2 ours is queued, 4 ours was sent. */
  flags: u8,
  sendScale: u8,
  receiveScale: u8,
  /** 1 windows are scaled, 2 SACK, 4 timestamps, 8 ECN. */
  options: u8,
  mostPacket: u16,
  localAddress: u32,
  localPort: u16,
  remotePort: u16,
  remoteAddress: u32,
  unacknowledged: u32,
  nextSequence: u32,
  expected: u32,
  timestampOffset: u32,
  peerTimestamp: u32,
  /** The sequence numbers of the rings' bytes 0, modulo 2^32. */
  receiveBase: u32,
  sendBase: u32,
  receiveBytes: u32,
  sendBytes: u32,
  token0: u32,
  token1: u32,
  token2: u32,
  token3: u32,
} as const;

/** The values of a row. */
export type StreamRow = {
  -readonly [K in keyof typeof streamRow]: K extends "awaited" ? boolean : number;
};

/** The rows: a durable table (kept.ts), or an array in tests. */
export interface StreamRows {
  readonly length: number;
  add(row: StreamRow): number | undefined;
  get(row: number): StreamRow;
  write<K extends keyof StreamRow>(row: number, name: K, value: StreamRow[K]): void;
  /** The last row gets its number. */
  remove(row: number): void;
}
