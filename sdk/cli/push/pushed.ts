// What the host has pushed: the newest codes of each server under build/pushed/, so that the next push brings only what has changed.
// Invariant: a file's name is the SHA-256 of its content, and a file that is not what its name says counts as none.
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Codes of a server that stay. */
const KEPT = 4;

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The store; `folder` is relative to the top folder. */
export class PushedCodes {
  readonly #folder: string;

  constructor(folder = "build/pushed") {
    this.#folder = folder;
  }

  /** Digests of a server's codes, the newest first. */
  digests(server: string): string[] {
    const folder = join(this.#folder, server);
    try {
      const time = (name: string) => statSync(join(folder, name)).mtimeMs;
      const names = readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
      return names.sort((a, b) => time(b) - time(a));
    } catch {
      return [];
    }
  }

  /** A code, undefined when it is not here. */
  read(server: string, digest: string): Uint8Array | undefined {
    try {
      const bytes = readFileSync(join(this.#folder, server, digest));
      return sha256(bytes) === digest ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a code, and of the older ones the newest. */
  keep(server: string, code: Uint8Array): void {
    const folder = join(this.#folder, server);
    const path = join(folder, sha256(code));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
    for (const old of this.digests(server).slice(KEPT)) rmSync(join(folder, old), { force: true });
  }
}
