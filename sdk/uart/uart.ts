// The 16550 serial port as a driver's logic over two register functions (PC16550D data sheet, National Semiconductor 1995).
// Invariant: every loop over the device is bounded, so that a port that lies or is not there cannot hang its driver.

/** The eight registers of the port: `offset` 0 to 7, values 0 to 255. */
export interface UartRegisters {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

const DATA = 0;
const INTERRUPT_ENABLE = 1;
const FIFO_CONTROL = 2;
const INTERRUPT_ID = 2;
const LINE_CONTROL = 3;
const MODEM_CONTROL = 4;
const LINE_STATUS = 5;
const SCRATCH = 7;

const RECEIVED = 1;
/** Overrun, parity error, framing error, break. */
const RECEIVE_ERRORS = 0x1e;
const SEND_EMPTY = 0x20;

/** Bytes that the send FIFO takes when it is empty. */
const FIFO_BYTES = 16;
/** Most bytes moved in one call in either direction. */
const SLICE = 512;

/** Counters of one port. */
export interface Uart {
  readonly registers: UartRegisters;
  received: number;
  sent: number;
  /** Bytes dropped for parity, framing, break; overruns counted as one. */
  errors: number;
}

/** Looks whether a port answers: the scratch register keeps values, the line status is not an empty bus. */
export function uartPresent(registers: UartRegisters): boolean {
  registers.write(SCRATCH, 0x5a);
  if (registers.read(SCRATCH) !== 0x5a) return false;
  registers.write(SCRATCH, 0xa5);
  return registers.read(SCRATCH) === 0xa5 && registers.read(LINE_STATUS) !== 0xff;
}

/** When the receive interrupt comes: at that many bytes, or a pause. The fewer, the more time is left until the FIFO runs over. */
export const receiveAt = { 8: 0x87, 14: 0xc7 } as const;

/** Sets 115,200 baud, 8 data bits, no parity, 1 stop bit, FIFOs. */
export function uart(registers: UartRegisters, fifo: number = receiveAt[14]): Uart {
  registers.write(INTERRUPT_ENABLE, 0);
  registers.write(LINE_CONTROL, 0x80);
  registers.write(DATA, 1); // divisor: 1.8432 MHz / 16 / 1
  registers.write(INTERRUPT_ENABLE, 0);
  registers.write(LINE_CONTROL, 0x03);
  registers.write(FIFO_CONTROL, fifo);
  registers.write(MODEM_CONTROL, 0x0b); // DTR, RTS, OUT2: OUT2 lets the interrupt line through
  return { registers, received: 0, sent: 0, errors: 0 };
}

/** A port that is set up already, and in use: nothing that waits in it is lost. */
export function uartTaken(registers: UartRegisters): Uart {
  return { registers, received: 0, sent: 0, errors: 0 };
}

/** Chooses the interrupts: received bytes always, an empty send FIFO while there is something to send. */
export function uartInterrupts(port: Uart, sending: boolean): void {
  port.registers.write(INTERRUPT_ENABLE, sending ? 0x07 : 0x05);
}

/** Acknowledges what the port reports; reading the identification clears a pending send interrupt. */
export function uartIdentify(port: Uart): number {
  return port.registers.read(INTERRUPT_ID) & 0x0f;
}

/**
 * Moves received bytes into `into` and returns their number, at most SLICE and the length of `into`.
 * Bytes with an error (noise, a break) are dropped and counted.
 */
export function uartReceive(port: Uart, into: Uint8Array): number {
  const registers = port.registers;
  const most = Math.min(into.length, SLICE);
  let count = 0;
  for (let turn = 0; turn < most; turn += 1) {
    const status = registers.read(LINE_STATUS);
    if ((status & RECEIVED) === 0 || status === 0xff) break;
    const byte = registers.read(DATA);
    if ((status & RECEIVE_ERRORS) !== 0) port.errors += 1;
    // After an overrun the byte itself is sound.
    if ((status & RECEIVE_ERRORS & ~2) !== 0) continue;
    into[count] = byte;
    count += 1;
  }
  port.received += count;
  return count;
}

/** Sends bytes `from` .. `to` of `bytes` as far as the FIFO takes them; returns how many went. */
export function uartSend(port: Uart, bytes: Uint8Array, from: number, to: number): number {
  const registers = port.registers;
  let at = from;
  const end = to - from > SLICE ? from + SLICE : to;
  while (at < end && (registers.read(LINE_STATUS) & SEND_EMPTY) !== 0) {
    const stop = Math.min(at + FIFO_BYTES, end);
    while (at < stop) {
      registers.write(DATA, bytes[at] as number);
      at += 1;
    }
  }
  port.sent += at - from;
  return at - from;
}
