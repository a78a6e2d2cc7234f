// The second serial port as a port of bytes (sdk/channel/line.ts): the small FIFOs of the device with larger ones behind them.
// Invariant: while bytes wait to go out the send interrupt is on; what arrives and finds no room is dropped, which the frames' checks notice.
import type { LinePort } from "../../sdk/channel/line.ts";
import {
  type Uart,
  uartIdentify,
  uartInterrupts,
  uartReceive,
  uartSend,
} from "../../sdk/uart/uart.ts";
import { STREAM_BYTES } from "../virtio-serial/contract.ts";

/** Bytes that wait for a reader: more than a host sends ahead (docs/dev-channel.md). */
const ARRIVED = 16 << 10;

/** Bytes on their way through this process. */
export interface KeptPort {
  readonly arrived: Uint8Array;
  readonly leaving: Uint8Array;
}

export class SerialPort implements LinePort<never> {
  private readonly uart: Uart;
  private readonly arrived = new Uint8Array(ARRIVED);
  private count = 0;
  private leaving: Uint8Array = new Uint8Array(0);
  private from = 0;
  private sending = false;
  /** bytes that found no room */
  dropped = 0;
  private readonly spill = new Uint8Array(512);

  /** `kept`: of the code before, for a device that is in use. */
  constructor(uart: Uart, kept?: KeptPort) {
    this.uart = uart;
    if (kept === undefined) uartInterrupts(uart, false);
    else {
      this.count = Math.min(kept.arrived.length, ARRIVED);
      this.arrived.set(kept.arrived.subarray(0, this.count));
      this.leaving = kept.leaving;
      this.sending = kept.leaving.length > 0;
    }
  }

  /** For new code. */
  save(): KeptPort {
    return {
      arrived: this.arrived.slice(0, this.count),
      leaving: this.leaving.slice(this.from),
    };
  }

  receive(): Uint8Array | undefined {
    if (this.count === 0) return undefined;
    const length = Math.min(this.count, STREAM_BYTES);
    const bytes = this.arrived.slice(0, length);
    this.arrived.copyWithin(0, length, this.count);
    this.count -= length;
    return bytes;
  }

  transmit(bytes: Uint8Array): boolean {
    if (this.from < this.leaving.length) return false;
    this.leaving = bytes;
    this.from = 0;
    this.send();
    return true;
  }

  /** The device has something to tell: empties what arrived, fills what leaves. Whether there was more than one visit takes. */
  look(): boolean {
    uartIdentify(this.uart);
    const room = this.arrived.subarray(this.count);
    const into = room.length > 0 ? room : this.spill;
    const count = uartReceive(this.uart, into);
    if (into === room) this.count += count;
    else this.dropped += count;
    this.send();
    return count > 0;
  }

  /** Whether all that was given has gone into the device. */
  get idle(): boolean {
    return this.from >= this.leaving.length;
  }

  private send(): void {
    if (!this.idle) this.from += uartSend(this.uart, this.leaving, this.from, this.leaving.length);
    if (this.idle === !this.sending) return;
    this.sending = !this.idle;
    uartInterrupts(this.uart, this.sending);
  }
}
