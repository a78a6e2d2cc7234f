// The far end of a guest's network card, played by a test: frames as they are, over QEMU's stream netdev.
// Invariant: the socket exists before QEMU starts and is gone after `close`; each frame is preceded by its length (u32, big-endian).
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";

/** Longest frame that QEMU sends: what comes beyond it is no frame. */
const longest = 65_536;

/** A wire with one guest. */
export class Wire {
  /** for the machine's `network: { kind: "wire", path }` */
  readonly path: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #receive: (frame: Uint8Array) => void;
  #socket: Socket | undefined;
  #rest = Buffer.alloc(0);

  private constructor(receive: (frame: Uint8Array) => void) {
    this.#folder = mkdtempSync(join(tmpdir(), "leivos-wire-"));
    this.path = join(this.#folder, "wire");
    this.#receive = receive;
    this.#server = createServer((socket) => {
      this.#socket = socket;
      socket.on("data", (bytes) => this.#take(bytes));
      socket.on("error", () => undefined);
    });
  }

  /** A wire that listens; `receive` gets every frame that the guest sends. */
  static async open(receive: (frame: Uint8Array) => void): Promise<Wire> {
    const wire = new Wire(receive);
    await new Promise<void>((resolve, reject) => {
      wire.#server.once("error", reject);
      wire.#server.listen(wire.path, resolve);
    });
    return wire;
  }

  /** Sends a frame to the guest; it is lost when there is none. QEMU would stop reading at an empty one: it is left out. */
  send(frame: Uint8Array): void {
    if (frame.length === 0) return;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    this.#socket?.write(Buffer.concat([length, frame]));
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE(0);
      if (length > longest) throw new Error(`QEMU announced a frame of ${length} bytes`);
      if (this.#rest.length < 4 + length) return;
      this.#receive(Uint8Array.from(this.#rest.subarray(4, 4 + length)));
      this.#rest = this.#rest.subarray(4 + length);
    }
  }
}
