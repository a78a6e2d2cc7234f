// An interrupt object: masked after each event until acknowledged.
import { uusi } from "./binding.ts";
import { Handle } from "./handle.ts";
import { addSource, removeSource } from "./loop.ts";
import { systemCalls } from "./system-call.ts";

export class Interrupt extends Handle {
  #slot = -1;

  /** Calls `handler` for each interrupt event and acknowledges after it, and once now. */
  listen(handler: () => void): void {
    if (this.#slot >= 0) removeSource(this.#slot);
    this.#slot = addSource(this.number, {
      event: () => {
        handler();
        if (this.number !== 0) uusi.sys(systemCalls.interrupt_acknowledge, this.number);
      },
    });
    uusi.sys(systemCalls.interrupt_acknowledge, this.number);
  }

  /** The key of its events on any port, once it is listened to. */
  get key(): number {
    return this.#slot;
  }

  /** Its events go to another port, a native thread's, which acknowledges them; with the loop's own port it is as before. */
  bindTo(port: number): void {
    uusi.sys(systemCalls.bind, this.number, port, this.#slot);
  }

  acknowledge(): void {
    uusi.sys(systemCalls.interrupt_acknowledge, this.number);
  }

  /** Address and data to program a device's MSI or MSI-X entry with; undefined for a line. */
  message(): { address: number; data: number } | undefined {
    const address = uusi.sys(systemCalls.interrupt_message, this.number);
    return address < 0 ? undefined : { address, data: uusi.second() };
  }

  override close(): void {
    if (this.#slot >= 0) removeSource(this.#slot);
    this.#slot = -1;
    super.close();
  }
}
