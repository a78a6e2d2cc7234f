// A client of QEMU's machine protocol (docs/interop/qmp-spec in QEMU's source). Invariant: each
// command is answered in order of its id, and the end of the connection fails what is open.
import type { Socket } from "node:net";

type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void };

/** An event that QEMU sends on its own, such as RESET, SHUTDOWN, STOP, RESUME. */
export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

/** A connection whose greeting is answered by `open`. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((event: QmpEvent) => void)[] = [];
  #next = 1;
  #rest = "";
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#receive(text));
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** Leaves the negotiation mode, after which all commands work. */
  async open(): Promise<void> {
    await this.execute("qmp_capabilities");
  }

  /** Calls back for every event from now on. */
  onEvent(listener: (event: QmpEvent) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Runs one command and returns its result.
   * @throws Error with QEMU's own words, or when QEMU is gone
   */
  execute(command: string, parameters: object = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error(`QEMU is gone; ${command} was not run`));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() === "") continue;
      const message = JSON.parse(line);
      if (typeof message.event === "string") {
        for (const listener of this.#listeners) listener(message);
        continue;
      }
      const waiting = this.#waiting.get(message.id);
      if (waiting === undefined) continue;
      this.#waiting.delete(message.id);
      if (message.error) waiting.reject(new Error(`QEMU refused: ${message.error.desc}`));
      else waiting.resolve(message.return);
    }
  }

  #end(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error("QEMU ended"));
    this.#waiting.clear();
  }
}
