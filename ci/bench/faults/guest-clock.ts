// The clock of a machine in QEMU as its own processors see it: its ACPI power management timer (ACPI specification 4.8.2.1), read over QEMU's
// monitor. Invariant: it never runs backwards. In a machine that counts its instructions a busy host does not move it. A reading is dear: QEMU takes
// each character of a command in a round of its own.
import type { Guest } from "../../qemu/guest.ts";

/** Where OVMF puts the timer of QEMU's q35, and that of 24 bits. */
const READ = { "command-line": "i /w 0x608" };
const BITS = 2 ** 24;
/** Steps of a second. */
const RATE = 3_579_545;
const SECOND = 1e9;
/** ms of the host in which one reading serves all who ask. */
const FRESH = 10;

export class GuestClock {
  readonly #guest: Guest;
  #last = 0;
  #steps = 0;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** ns since some moment. What passed between two readings is known where that is less than four seconds. */
  async read(): Promise<number> {
    if (performance.now() - this.#readAt > FRESH)
      await (this.#reading ??= this.#look().finally(() => {
        this.#reading = undefined;
      }));
    return (this.#steps / RATE) * SECOND;
  }

  async #look(): Promise<void> {
    const text = (await this.#guest.qmp.execute("human-monitor-command", READ)) as string;
    const found = /= (?:0x)?([0-9a-f]+)\s*$/.exec(text);
    if (found === null) throw new Error(`QEMU does not read the timer: ${text}`);
    const value = Number.parseInt(found[1]!, 16) % BITS;
    this.#steps += (value - this.#last + BITS) % BITS;
    this.#last = value;
    this.#readAt = performance.now();
  }
}
