import test from "ava";
import { uart, uartInterrupts, uartPresent, uartReceive, uartSend } from "./uart.ts";

/** A model of the 16550: enough of it to run the driver's logic. */
function model() {
  const state = {
    scratch: 0,
    enable: 0,
    line: 0,
    modem: 0,
    fifo: 0,
    divisor: 0,
    /** received: {byte, status bits} */
    input: [] as { byte: number; errors: number }[],
    sent: [] as number[],
    /** free places in the send FIFO before it stops being empty */
    fifoRoom: 16,
    reads: 0,
  };
  const registers = {
    read(offset: number): number {
      state.reads += 1;
      if (offset === 0) return state.input.shift()?.byte ?? 0;
      if (offset === 1) return state.enable;
      if (offset === 2) return 0xc1;
      if (offset === 4) return state.modem;
      if (offset === 5) {
        const first = state.input[0];
        return (first ? 1 | first.errors : 0) | (state.fifoRoom === 16 ? 0x60 : 0);
      }
      if (offset === 6) return 0xb0;
      return offset === 7 ? state.scratch : state.line;
    },
    write(offset: number, value: number): void {
      if ((state.line & 0x80) !== 0 && offset < 2) state.divisor |= value << (offset * 8);
      else if (offset === 0) {
        if (state.fifoRoom === 0) throw new Error("overrun of the send FIFO");
        state.sent.push(value);
        state.fifoRoom -= 1;
      } else if (offset === 1) state.enable = value;
      else if (offset === 2) state.fifo = value;
      else if (offset === 3) state.line = value;
      else if (offset === 4) state.modem = value;
      else if (offset === 7) state.scratch = value;
    },
  };
  return { state, registers };
}

test("a port is found, an empty bus is not", (t) => {
  t.true(uartPresent(model().registers));
  t.false(uartPresent({ read: () => 0xff, write: () => {} }));
  t.false(uartPresent({ read: () => 0, write: () => {} }));
});

test("set up for 115,200 8N1 with FIFOs and interrupts", (t) => {
  const { state, registers } = model();
  const port = uart(registers);
  t.is(state.divisor, 1);
  t.is(state.line, 3);
  t.is(state.fifo, 0xc7);
  t.is(state.modem & 8, 8);
  uartInterrupts(port, true);
  t.is(state.enable, 7);
  uartInterrupts(port, false);
  t.is(state.enable, 5);
});

test("bytes with framing or parity errors are dropped, overruns are not", (t) => {
  const { state, registers } = model();
  const port = uart(registers);
  state.input.push({ byte: 65, errors: 0 }, { byte: 66, errors: 8 }, { byte: 67, errors: 2 });
  state.input.push({ byte: 0, errors: 0x10 }, { byte: 68, errors: 4 }, { byte: 69, errors: 0 });
  const into = new Uint8Array(32);
  t.is(uartReceive(port, into), 3);
  t.deepEqual([...into.subarray(0, 3)], [65, 67, 69]);
  t.is(port.errors, 4);
});

test("sending fills only an empty FIFO", (t) => {
  const { state, registers } = model();
  const port = uart(registers);
  const bytes = new Uint8Array(40).map((_, index) => index);
  t.is(uartSend(port, bytes, 0, 40), 16);
  t.is(uartSend(port, bytes, 16, 40), 0);
  state.fifoRoom = 16;
  t.is(uartSend(port, bytes, 16, 40), 16);
  state.fifoRoom = 16;
  t.is(uartSend(port, bytes, 32, 40), 8);
  t.deepEqual(state.sent, [...bytes]);
});

test("a port that is gone gives nothing and takes bounded time", (t) => {
  let reads = 0;
  const stuckAt = (value: number) => () => {
    reads += 1;
    return value;
  };
  const port = uart({ read: stuckAt(0xff), write: () => {} });
  t.is(uartReceive(port, new Uint8Array(4096)), 0);
  const always = uart({ read: stuckAt(0x61), write: () => {} });
  t.is(uartReceive(always, new Uint8Array(4096)), 512);
  t.is(uartSend(always, new Uint8Array(100_000), 0, 100_000), 512);
  t.true(reads < 2000);
});
