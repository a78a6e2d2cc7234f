// A 16550A serial port as a PC has it at 0x3f8: registers of National Semiconductor's PC16550D data sheet, 16-byte receive FIFO.
// Invariant: the interrupt output is high exactly while an enabled cause is pending and OUT2 is set; `edge` is called on each rise.

const FIFO_BYTES = 16;

/** What a serial port needs of its surroundings. */
export interface UartWires {
  /** a byte that the guest sent */
  output(byte: number): void;
  /** the interrupt output went high */
  edge(): void;
}

export class Uart {
  readonly #wires: UartWires;
  /** host input not yet in the FIFO: the host side is flow-controlled, so nothing is lost */
  #waiting: number[] = [];
  #fifo: number[] = [];
  #divisor = 12;
  #enabled = 0;
  #lineControl = 0;
  #modemControl = 0;
  #scratch = 0;
  #fifosOn = false;
  #transmitEmpty = false;
  #high = false;

  constructor(wires: UartWires) {
    this.#wires = wires;
  }

  /** Bytes typed at the other end. */
  input(bytes: Uint8Array): void {
    for (const byte of bytes) this.#waiting.push(byte);
    this.#refill();
  }

  /** Bytes that the guest has not read yet. */
  get backlog(): number {
    return this.#waiting.length + this.#fifo.length;
  }

  /** Reads register `offset` (0 to 7). */
  read(offset: number): number {
    const latch = (this.#lineControl & 0x80) !== 0;
    switch (offset) {
      case 0: {
        if (latch) return this.#divisor & 0xff;
        const byte = this.#fifo.shift() ?? 0;
        this.#refill();
        return byte;
      }
      case 1:
        return latch ? this.#divisor >> 8 : this.#enabled;
      case 2: {
        const cause = this.#cause();
        if (cause === 2) {
          this.#transmitEmpty = false; // reading the identification clears this cause only
          this.#update();
        }
        return cause | (this.#fifosOn ? 0xc0 : 0);
      }
      case 3:
        return this.#lineControl;
      case 4:
        return this.#modemControl;
      case 5:
        return 0x60 | (this.#fifo.length > 0 ? 1 : 0);
      case 6:
        return 0xb0; // carrier, data set ready, clear to send
      default:
        return this.#scratch;
    }
  }

  /** Writes register `offset` (0 to 7). */
  write(offset: number, value: number): void {
    const latch = (this.#lineControl & 0x80) !== 0;
    switch (offset) {
      case 0:
        if (latch) {
          this.#divisor = (this.#divisor & 0xff00) | value;
          return;
        }
        this.#transmitEmpty = false;
        this.#update();
        if (this.#modemControl & 0x10) this.#waiting.push(value);
        else this.#wires.output(value);
        this.#transmitEmpty = true; // the line is infinitely fast
        this.#refill();
        return;
      case 1:
        if (latch) {
          this.#divisor = (this.#divisor & 0xff) | (value << 8);
          return;
        }
        if ((value & 2) !== 0 && (this.#enabled & 2) === 0) this.#transmitEmpty = true;
        this.#enabled = value & 0x0f;
        this.#update();
        return;
      case 2:
        this.#fifosOn = (value & 1) !== 0;
        if (value & 2) this.#fifo = [];
        this.#refill();
        return;
      case 3:
        this.#lineControl = value;
        return;
      case 4:
        this.#modemControl = value & 0x1f;
        this.#update();
        return;
      case 7:
        this.#scratch = value;
        return;
      default:
        return;
    }
  }

  #refill(): void {
    const room = this.#fifosOn ? FIFO_BYTES : 1;
    while (this.#fifo.length < room && this.#waiting.length > 0) {
      this.#fifo.push(this.#waiting.shift() as number);
    }
    this.#update();
  }

  /** The identification register's low bits: 1 none, 4 received data, 2 transmitter empty. */
  #cause(): number {
    if ((this.#enabled & 1) !== 0 && this.#fifo.length > 0) return 4;
    if ((this.#enabled & 2) !== 0 && this.#transmitEmpty) return 2;
    return 1;
  }

  #update(): void {
    const high = this.#cause() !== 1 && (this.#modemControl & 8) !== 0;
    const rose = high && !this.#high;
    this.#high = high;
    if (rose) this.#wires.edge();
  }
}
