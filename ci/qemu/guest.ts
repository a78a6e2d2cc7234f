// A guest under a test's or a command's control: its serial port, keys, screen, and its end.
import { join } from "node:path";
import type { MachineOptions } from "./machine.ts";
import { keysFor } from "./keys.ts";
import { readScreen, type Screen } from "./screen.ts";
import { standing } from "./standing.ts";
import { type Qemu, startQemu } from "./start-qemu.ts";
import { Transcript } from "./transcript.ts";

/** How long an expectation waits unless told otherwise: a guard, not a measurement. */
const patience = 60_000;

/** One running machine. Close it: `await guest.close()`. */
export class Guest {
  /** everything that the serial port has written */
  readonly transcript = new Transcript();
  readonly #qemu: Qemu;

  private constructor(qemu: Qemu) {
    this.#qemu = qemu;
    qemu.serial?.setEncoding("latin1");
    qemu.serial?.on("data", (text: string) => this.transcript.append(text));
    qemu.serial?.on("error", () => undefined);
    void qemu.exited.then(({ code, errors }) => {
      this.transcript.end(`QEMU ended with code ${code}${errors ? `: ${errors}` : ""}`);
    });
  }

  /** Starts a machine. */
  static async start(machine: MachineOptions): Promise<Guest> {
    const guest = new Guest(await startQemu(machine));
    if (machine.incoming !== undefined) await guest.#arrive();
    return guest;
  }

  /** Waits for a saved state to be loaded, then lets it go on. */
  async #arrive(): Promise<void> {
    for (;;) {
      const status = (await this.qmp.execute("query-status")) as { status: string };
      if (status.status !== "inmigrate") break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.qmp.execute("cont");
  }

  /** QEMU's machine protocol. */
  get qmp() {
    return this.#qemu.qmp;
  }

  /** The serial port as it is, for a terminal; absent on a machine without one. */
  get serial() {
    return this.#qemu.serial;
  }

  /** QEMU's process id. */
  get pid() {
    return this.#qemu.process.pid;
  }

  /** The socket of the line to the host, on a machine that has one. */
  get channel() {
    return join(this.#qemu.folder, "channel");
  }

  /** The run's folder of sockets, gone after the end. */
  get folder() {
    return this.#qemu.folder;
  }

  /** Resolves with QEMU's exit code and last words. */
  get exited() {
    return this.#qemu.exited;
  }

  /** Waits for a pattern on the serial port, behind what was matched before; a failure says where the processors stand. */
  async expect(pattern: RegExp, timeout = patience): Promise<RegExpExecArray> {
    try {
      return await this.transcript.expect(pattern, timeout);
    } catch (error) {
      (error as Error).message += `\n${await standing(this.qmp)}`;
      throw error;
    }
  }

  /** Types on the serial line, as UTF-8; "\n" is sent as a carriage return, as Enter does. */
  type(text: string): void {
    this.#qemu.serial?.write(text.replaceAll("\n", "\r"), "utf8");
  }

  /** Sends bytes to the serial line as they are. */
  send(bytes: Uint8Array): void {
    this.#qemu.serial?.write(bytes);
  }

  /** Presses keys of the keyboard for each character in turn. */
  async press(text: string): Promise<void> {
    for (const character of text) await this.hold(keysFor(character));
  }

  /** Presses keys together, by QEMU's names for them. */
  async hold(keys: readonly string[]): Promise<void> {
    const values = keys.map((data) => ({ type: "qcode", data }));
    await this.qmp.execute("send-key", { keys: values, "hold-time": 20 });
    // QEMU queues keys; pressing faster than it releases them would join two presses.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** What the screen shows. */
  screen(): Promise<Screen> {
    return readScreen(this.qmp, this.#qemu.folder);
  }

  /**
   * Saves the machine's state to a file and lets it go on.
   * @param path replaced; a machine with the same options and disk can start from it
   */
  async save(path: string): Promise<void> {
    const quoted = path.replaceAll("'", "'\\''");
    await this.qmp.execute("stop");
    // The default limit is made for networks.
    await this.qmp.execute("migrate-set-parameters", { "max-bandwidth": 2 ** 40 });
    await this.qmp.execute("migrate", { uri: `exec:cat > '${quoted}'` });
    for (;;) {
      const { status, "error-desc": error } = (await this.qmp.execute("query-migrate")) as {
        status: string;
        "error-desc"?: string;
      };
      if (status === "completed") break;
      if (status === "failed") throw new Error(`QEMU could not save its state: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.qmp.execute("cont");
  }

  /** Ends the machine and waits until nothing of it is left. */
  async close(): Promise<void> {
    this.#qemu.process.kill("SIGKILL");
    await this.#qemu.exited;
    this.qmp.close();
    this.#qemu.serial?.destroy();
  }
}
