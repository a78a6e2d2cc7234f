// Content hashes of files. Invariant: a file is read again when its size or time has changed, so
// a hash that is remembered from a former run is never older than the file.
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

/** What is known of a file from a former run. */
export interface Seen {
  size: number;
  /** modification time in ms since 1970, fractions included */
  time: number;
  hash: string;
}

/** Remembers hashes from run to run. */
export class Fingerprints {
  readonly seen: Record<string, Seen>;

  constructor(seen: Record<string, Seen>) {
    this.seen = seen;
  }

  /** The SHA-256 of a file in hexadecimal, undefined when it is not there. */
  of(path: string): string | undefined {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) return undefined;
    const known = this.seen[path];
    if (known && known.size === stat.size && known.time === stat.mtimeMs) return known.hash;
    const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
    this.seen[path] = { size: stat.size, time: stat.mtimeMs, hash };
    return hash;
  }
}
