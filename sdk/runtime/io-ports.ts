// A range of I/O ports.
import { uusi } from "./binding.ts";
import { Handle } from "./handle.ts";
import { systemCalls } from "./system-call.ts";

export class IoPorts extends Handle {
  /** Reads port `base + offset`-style absolute port numbers; a refused access reads as an error below 0. */
  read8(port: number): number {
    return uusi.sys(systemCalls.io_read, this.number, port, 1);
  }
  read16(port: number): number {
    return uusi.sys(systemCalls.io_read, this.number, port, 2);
  }
  read32(port: number): number {
    return uusi.sys(systemCalls.io_read, this.number, port, 4);
  }
  /** 0, or an error below 0. */
  write8(port: number, value: number): number {
    return uusi.sys(systemCalls.io_write, this.number, port, 1, value);
  }
  write16(port: number, value: number): number {
    return uusi.sys(systemCalls.io_write, this.number, port, 2, value);
  }
  write32(port: number, value: number): number {
    return uusi.sys(systemCalls.io_write, this.number, port, 4, value);
  }
}
