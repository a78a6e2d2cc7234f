// A simulated machine under a test's control: what its serial line said, typing, waiting in virtual time. The counterpart of ci/qemu's
// Guest; nothing here takes longer than the computing itself.
import { buildSystem } from "../../cli/build/build-system.ts";
import { standardVariant } from "../../cli/build/step.ts";
import { Machine, type MachineOptions } from "../machine.ts";
import { builtSystem, type SystemImage } from "../system.ts";

/** ns that an expectation waits in virtual time. */
const PATIENCE_NS = 60e9;

/** The built system, brought up to date. */
export async function freshSystem(): Promise<SystemImage> {
  await buildSystem(standardVariant, (line) => void process.stderr.write(`${line}\n`), false);
  return builtSystem();
}

export class SimGuest {
  readonly machine: Machine;
  /** all serial output */
  text = "";
  #position = 0;

  static async boot(options: MachineOptions): Promise<SimGuest> {
    return new SimGuest(await Machine.boot({ memory: 256 << 20, ...options }));
  }

  constructor(machine: Machine) {
    this.machine = machine;
    this.text = machine.log;
    machine.onSerial = (text) => {
      this.text += text;
    };
  }

  /** Runs until the unread output matches; fails when it cannot come any more. */
  async expect(pattern: RegExp): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    const found = () => (match = pattern.exec(this.text.slice(this.#position))) !== null;
    const stop = await this.machine.run(found, this.machine.now + PATIENCE_NS);
    if (match === null) {
      const end = this.text.slice(-1500);
      throw new Error(`${pattern} did not come (${stop}); the output ends with:\n${end}`);
    }
    const { index, 0: whole } = match as RegExpExecArray;
    this.#position += index + whole.length;
    return match;
  }

  /** Types text; "\n" is the Enter key. */
  type(text: string): void {
    this.machine.board.type(text.replaceAll("\n", "\r"));
  }

  /** Boots to the prompt and logs the development account in. */
  async login(): Promise<void> {
    await this.expect(/leivos login: $/);
    this.type("dev\n");
    await this.expect(/Password: /);
    this.type("dev\n");
    await this.expect(/leivos\$ $/);
  }

  /** Runs a shell command; what it printed. */
  async command(line: string): Promise<string> {
    const from = this.text.length;
    this.type(`${line}\n`);
    await this.expect(/leivos\$ $/);
    return this.text
      .slice(from)
      .replace(/^[^\n]*\n/, "")
      .replace(/leivos\$ $/, "");
  }

  /** Lets virtual time pass. */
  async pass(ns: number): Promise<void> {
    await this.machine.run(() => false, this.machine.now + ns);
  }
}
