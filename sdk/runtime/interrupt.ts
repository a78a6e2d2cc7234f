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
