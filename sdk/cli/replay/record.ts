// Reads the record of a run (sdk/runtime/record-format.ts). Invariant: any bytes give entries or end the record; nothing beyond them is read.
import { ENTRY_HEAD, recordHead } from "../../runtime/record-format.ts";

export interface Entry {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** A record, taken apart. */
export interface RunRecord {
  /** the loop's port in the recorded run */
  readonly port: number;
  /** what came later found no room */
  readonly full: boolean;
  readonly entries: readonly Entry[];
}

export function readRecord(bytes: Buffer): RunRecord {
  const entries: Entry[] = [];
  if (bytes.length < recordHead.FIRST) return { port: 0, full: false, entries };
  const end = Math.min(bytes.readUInt32LE(recordHead.USED), bytes.length);
  for (let at: number = recordHead.FIRST; at + ENTRY_HEAD <= end; ) {
    const length = bytes.readUInt32LE(at + 4);
    if (at + ENTRY_HEAD + length > end) break;
    const from = at + ENTRY_HEAD;
    entries.push({ kind: bytes.readUInt32LE(at), bytes: bytes.subarray(from, from + length) });
    at += (ENTRY_HEAD + length + 7) & ~7;
  }
  const port = bytes.readUInt32LE(recordHead.PORT);
  return { port, full: bytes.readUInt32LE(recordHead.FULL) !== 0, entries };
}
