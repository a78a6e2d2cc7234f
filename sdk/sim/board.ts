// The devices of the simulated machine, wired to the nucleus: a serial port at 0x3f8 on line 4, PCI Express with a virtio network card,
// and the far end of its wire. Invariant: an interrupt raised inside a system call is delivered after it, never within.
import { ECAM_BASE, PciBus } from "./devices/pci-bus.ts";
import { HostBridge } from "./devices/host-bridge.ts";
import type { Bus } from "./devices/bus.ts";
import { Uart } from "./devices/uart.ts";
import { VirtioConsole } from "./devices/virtio-console.ts";
import { VirtioNet } from "./devices/virtio-net.ts";
import type { Nucleus } from "./nucleus.ts";
import type { Lease } from "./wire/dhcp-server.ts";
import { Gateway } from "./wire/gateway.ts";

export interface BoardOptions {
  /** no network card when false */
  net?: boolean;
  /** what the wire's DHCP server offers */
  lease?: Lease;
  /** a line to the host (docs/dev-channel.md) when true; over the second serial port when "serial" */
  channel?: boolean | "serial";
}

/** What `init` learns of the machine (layouts.platform). */
export interface BoardFacts {
  ecam: number;
  lastBus: number;
}

const COM1 = 0x3f8;
const COM2 = 0x2f8;
const COM2_LINE = 3;
const SERIAL_LINE = 4;
const CARD_SLOT = 2;
const CHANNEL_SLOT = 3;
const MAC = new Uint8Array([0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);
/** Where the firmware of a PC with this chip set places the card's BARs. */
const VECTORS_AT = 0xfea0_0000;
const REGISTERS_AT = 0xc0_0000_0000;
/** From one card's BARs to the next one's. */
const NEXT_VECTORS = 0x1_0000;
const NEXT_REGISTERS = 0x10_0000;

export class Board {
  readonly facts: BoardFacts = { ecam: ECAM_BASE, lastBus: 0 };
  readonly pci = new PciBus();
  readonly serial: Uart;
  readonly card: VirtioNet | undefined;
  readonly gateway: Gateway | undefined;
  /** the line to the host */
  readonly channel: VirtioConsole | undefined;
  /** the second serial port, where that line is */
  readonly serial2: Uart | undefined;
  /** called with bytes that the system sends over it */
  onChannel: (bytes: Uint8Array) => void = () => {};
  readonly #nucleus: Nucleus;
  #lines = new Set<number>();
  readonly #decoder = new TextDecoder();

  constructor(nucleus: Nucleus, options: BoardOptions, output: (text: string) => void) {
    this.#nucleus = nucleus;
    this.serial = new Uart({
      output: (byte) => {
        const text = this.#decoder.decode(new Uint8Array([byte]), { stream: true });
        if (text !== "") output(text);
      },
      edge: () => void this.#lines.add(SERIAL_LINE),
    });
    const bus: Bus = {
      memory: {
        read: (at, bytes) => nucleus.bytes().slice(...this.#ram(at, bytes)),
        write: (at, bytes) => nucleus.bytes().set(bytes, this.#ram(at, bytes.length)[0]),
      },
      message: (address, data) => {
        const line = nucleus.messageLine(address, data);
        if (line >= 0) this.#lines.add(line);
      },
    };
    this.pci.add(0, new HostBridge(bus));
    if (options.channel === "serial")
      this.serial2 = new Uart({
        output: (byte) => this.onChannel(new Uint8Array([byte])),
        edge: () => void this.#lines.add(COM2_LINE),
      });
    if (options.channel === true) {
      this.channel = new VirtioConsole(bus, {
        vectorsAt: VECTORS_AT + NEXT_VECTORS,
        registersAt: REGISTERS_AT + NEXT_REGISTERS,
        transmit: (bytes) => this.onChannel(bytes),
      });
      this.pci.add(CHANNEL_SLOT, this.channel);
    }
    if (options.net === false) return;
    const gateway = new Gateway((frame) => this.card?.receive(frame), options.lease);
    this.gateway = gateway;
    this.card = new VirtioNet(bus, {
      mac: MAC,
      vectorsAt: VECTORS_AT,
      registersAt: REGISTERS_AT,
      transmit: (frame) => gateway.receive(frame),
    });
    this.pci.add(CARD_SLOT, this.card);
  }

  /** Tells the nucleus what devices raised since the last time. */
  deliver(): boolean {
    if (this.#lines.size === 0) return false;
    const lines = [...this.#lines].sort((a, b) => a - b);
    this.#lines.clear();
    for (const line of lines) this.#nucleus.interrupt(line);
    return true;
  }

  ioRead(port: number, width: number): number {
    const at = this.#uartAt(port);
    if (at !== undefined && width === 1) return at.read(port & 7);
    return width === 4 ? 0xffff_ffff : 2 ** (8 * width) - 1;
  }

  ioWrite(port: number, width: number, value: number): void {
    if (width === 1) this.#uartAt(port)?.write(port & 7, value & 0xff);
  }

  #uartAt(port: number): Uart | undefined {
    if ((port & ~7) === COM1) return this.serial;
    return (port & ~7) === COM2 ? this.serial2 : undefined;
  }

  /** Bytes from the host on its line, whichever that is. */
  toChannel(bytes: Uint8Array): void {
    if (this.serial2 !== undefined) this.serial2.input(bytes);
    else this.channel?.receive(bytes);
  }

  /** Types text or bytes at the serial line. */
  type(input: string | Uint8Array): void {
    this.serial.input(typeof input === "string" ? new TextEncoder().encode(input) : input);
  }

  #ram(at: number, bytes: number): [number, number] {
    const from = this.#nucleus.ramOffset(at);
    const to = bytes === 0 ? from : this.#nucleus.ramOffset(at + bytes - 1) + 1;
    if (from < 0 || to - from !== bytes) throw new RangeError(`no memory at ${at} + ${bytes}`);
    return [from, to];
  }
}
