/**
 * A child process that answers while this one waits: blocking reads and writes over two named pipes.
 *
 * Invariant: only the child holds the far ends, so that its death ends a read instead of hanging it.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { O_RDWR, O_RDONLY, O_WRONLY } = constants;

export class Pipes {
  readonly #to: number;
  readonly #from: number;
  readonly #out = Buffer.alloc(1 << 16);
  #used = 0;

  constructor(program: string) {
    const folder = mkdtempSync(join(tmpdir(), "tape-runner-"));
    const names = [join(folder, "to"), join(folder, "from")];
    const made = spawnSync("mkfifo", names);
    if (made.status !== 0) throw new Error("mkfifo failed: is the temporary folder writable?");
    // A pipe opened both ways first does not wait for its other end.
    const held = names.map((n) => openSync(n, O_RDWR));
    const childIn = openSync(names[0], O_RDONLY);
    this.#to = openSync(names[0], O_WRONLY);
    const childOut = openSync(names[1], O_WRONLY);
    this.#from = openSync(names[1], O_RDONLY);
    const child = spawn(program, [], { stdio: [childIn, childOut, "inherit"] });
    child.on("error", () => undefined);
    child.unref();
    for (const fd of [...held, childIn, childOut]) closeSync(fd);
    rmSync(folder, { recursive: true });
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#out.length - this.#used) this.flush();
    if (bytes.length > this.#out.length) this.#all(bytes);
    else {
      this.#out.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  words(...list: readonly number[]): void {
    this.write(new Uint8Array(Uint32Array.from(list).buffer));
  }

  flush(): void {
    const n = this.#used;
    this.#used = 0;
    if (n > 0) this.#all(this.#out.subarray(0, n));
  }

  #all(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#to, bytes, at);
  }

  /** Sends what was written and reads exactly `n` bytes. */
  read(n: number): Buffer {
    this.flush();
    const out = Buffer.alloc(n);
    for (let at = 0; at < n; ) {
      const got = readSync(this.#from, out, at, n - at, null);
      if (got === 0) throw new Error("the runner of native code died");
      at += got;
    }
    return out;
  }

  /** Ends the child, which leaves at the end of its input. */
  close(): void {
    closeSync(this.#to);
    closeSync(this.#from);
  }
}
