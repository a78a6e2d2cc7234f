// Stops a machine in QEMU where the nucleus takes a system call, over QEMU's end of GDB's remote protocol (GDB manual, appendix E).
// Invariant: one command at a time; the machine stands still between a stop and `go`. Packets are not acknowledged: QEMU takes the next command as
// that, but an acknowledgement that comes late as the wish to stop.
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Guest } from "../../qemu/guest.ts";

const STOPPED = /^[TS]/;

export class Debugger {
  readonly #socket: Socket;
  #rest = "";
  readonly #packets: string[] = [];
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#rest += text;
      for (;;) {
        const packet = /\$([^#]*)#../.exec(this.#rest);
        if (packet === null) break;
        this.#rest = this.#rest.slice(packet.index + packet[0].length);
        this.#packets.push(packet[1]!);
      }
      this.#wake();
    });
    socket.on("error", () => undefined);
  }

  /** Attaches to a machine, which goes on. */
  static async attach(guest: Guest): Promise<Debugger> {
    const path = join(guest.folder, "debugger");
    const command = { "command-line": `gdbserver unix:${path},server=on,wait=off` };
    await guest.qmp.execute("human-monitor-command", command);
    const socket = await new Promise<Socket>((resolve, reject) => {
      const made = connect(path, () => resolve(made));
      made.once("error", reject);
    });
    const made = new Debugger(socket);
    // Only who has asked for the list of registers may read one of them.
    await made.ask("qXfer:features:read:target.xml:0,400");
    made.go();
    return made;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(packet: string): void {
    let sum = 0;
    for (let i = 0; i < packet.length; i++) sum = (sum + packet.charCodeAt(i)) & 255;
    this.#socket.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`);
  }

  /** The next packet, undefined when none comes in that time. */
  async #next(ms: number): Promise<string | undefined> {
    const end = performance.now() + ms;
    while (this.#packets.length === 0) {
      const left = end - performance.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#packets.shift();
  }

  /** The answer to a command while the machine stands still. */
  async ask(packet: string): Promise<string> {
    this.#packets.length = 0;
    this.#send(packet);
    const answer = await this.#next(10_000);
    if (answer === undefined) throw new Error(`QEMU's debugger does not answer ${packet}`);
    return answer;
  }

  /** Stops the machine wherever it is. */
  async halt(): Promise<void> {
    this.#packets.length = 0;
    this.#socket.write("+\x03");
    await this.stop(10_000);
  }

  /** Lets the machine run. */
  go(): void {
    this.#packets.length = 0;
    this.#send("c");
  }

  /** Waits until the machine stops at a mark; whether it did in time. */
  async stop(ms: number): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      const packet = await this.#next(end - performance.now());
      if (packet === undefined || STOPPED.test(packet)) return packet !== undefined;
    }
  }

  /** Register 5 of GDB's list for x86-64: the first argument of a function. */
  async firstArgument(): Promise<bigint> {
    return Buffer.from(await this.ask("p5"), "hex").readBigUInt64LE();
  }

  async mark(address: bigint): Promise<void> {
    await this.ask(`Z1,${address.toString(16)},1`);
  }

  async unmark(address: bigint): Promise<void> {
    await this.ask(`z1,${address.toString(16)},1`);
  }

  /** Over the instruction at a mark, which else would stop at it again. */
  async over(address: bigint): Promise<void> {
    await this.unmark(address);
    await this.ask("s");
    await this.mark(address);
  }
}
