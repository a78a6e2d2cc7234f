// The serial line as a terminal: interrupts of the 16550 in, a queue with back-pressure out, one session on it.
// Invariant: while bytes wait, either the send interrupt is on or a timer looks again, so that output never stands still.
import { uusi } from "../../sdk/runtime/binding.ts";
import { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { IoPorts } from "../../sdk/runtime/io-ports.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { after, every, type Timer } from "../../sdk/runtime/timers.ts";
import { dequeue, enqueue, HIGH_WATER, outputQueue, outputRoom, queued } from "./output-queue.ts";
import {
  uart,
  uartIdentify,
  uartInterrupts,
  uartPresent,
  uartReceive,
  uartSend,
  uartTaken,
} from "../../sdk/uart/uart.ts";

const BASE = 0x3f8;
const COLUMNS = 80;
/** How often a line without an interrupt is looked at. */
const POLL = 10e6;
/** A send interrupt that does not come within this is not waited for. */
const LOST = 50e6;

/** A line with its writer; `input` is set by the session. */
export interface SerialLine {
  readonly columns: number;
  input: (bytes: Uint8Array, count: number) => void;
  write(text: string): void;
  room(): Promise<void>;
  /** what was written and has not gone out yet */
  unsent(): Uint8Array;
}

/**
 * Opens the line, or says that there is no port. `interrupt` 0: the line is polled. `unsent`: the code before had the line, and this to send.
 */
export function serialLine(
  portsHandle: number,
  interruptHandle: number,
  unsent?: Uint8Array,
): SerialLine | string {
  const ports = new IoPorts(portsHandle);
  const registers = {
    read: (offset: number) => ports.read8(BASE + offset) & 0xff,
    write: (offset: number, value: number) => {
      ports.write8(BASE + offset, value);
    },
  };
  if (portsHandle === 0 || !uartPresent(registers)) return "no serial port answers at 0x3f8";
  const port = unsent === undefined ? uart(registers) : uartTaken(registers);
  const queue = outputQueue();
  if (unsent !== undefined) enqueue(queue, unsent);
  const received = new Uint8Array(512);
  let scratch = new Uint8Array(4096);
  let sending = false;
  let stalled = false;
  let watch: Timer | undefined;

  const line: SerialLine = {
    columns: COLUMNS,
    input: () => {},
    write: (text) => {
      // A UTF-16 unit is at most three bytes.
      if (text.length * 3 > scratch.length) scratch = new Uint8Array(text.length * 3);
      const length = uusi.encode(text, scratch, 0);
      enqueue(queue, scratch.subarray(0, length));
      send();
    },
    room: () => outputRoom(queue),
    unsent: () => queue.bytes.slice(queue.from, queue.to),
  };

  const send = () => {
    const waiting = queued(queue);
    if (waiting > 0) dequeue(queue, uartSend(port, queue.bytes, queue.from, queue.to));
    const more = queued(queue) > 0;
    if (more !== sending) {
      sending = more;
      uartInterrupts(port, more);
    }
    if (more && watch === undefined)
      watch = after(LOST, () => {
        watch = undefined;
        send();
      });
    else if (!more) {
      watch?.cancel();
      watch = undefined;
    }
    if (stalled && queued(queue) <= HIGH_WATER) {
      stalled = false;
      after(0, look);
    }
  };

  const receive = () => {
    // The terminal's output is behind: its input waits in the port, and the sender with it.
    if (queued(queue) > 4 * HIGH_WATER) {
      stalled = true;
      return;
    }
    const count = uartReceive(port, received);
    if (count > 0) line.input(received, count);
    if (count === received.length) after(0, look);
  };

  const look = () => {
    uartIdentify(port);
    receive();
    send();
  };

  if (interruptHandle === 0) every(POLL, look);
  else {
    // The line is edge-triggered: unmasked first and emptied then, no edge can be missed.
    new Interrupt(interruptHandle).listen(() => {
      uusi.sys(systemCalls.interrupt_acknowledge, interruptHandle);
      look();
    });
    uartInterrupts(port, false);
  }
  // what came while the line changed hands
  if (unsent !== undefined) after(0, look);
  return line;
}
