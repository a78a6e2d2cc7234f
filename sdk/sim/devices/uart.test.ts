import test from "ava";
import { Uart } from "./uart.ts";

function port() {
  const sent: number[] = [];
  let edges = 0;
  const uart = new Uart({ output: (b) => void sent.push(b), edge: () => void edges++ });
  return { uart, sent, edges: () => edges };
}

test("bytes go out and come in", (t) => {
  const { uart, sent } = port();
  uart.write(0, 65);
  t.deepEqual(sent, [65]);
  uart.input(new Uint8Array([66, 67]));
  t.is(uart.read(5) & 1, 1);
  t.is(uart.read(0), 66);
  t.is(uart.read(0), 67);
  t.is(uart.read(5) & 1, 0);
});

test("the divisor latch hides data and interrupt enable", (t) => {
  const { uart, sent } = port();
  uart.write(3, 0x83);
  uart.write(0, 1);
  uart.write(1, 2);
  t.is(uart.read(0), 1);
  t.is(uart.read(1), 2);
  uart.write(3, 3);
  t.is(uart.read(1), 0);
  t.deepEqual(sent, []);
});

test("received data interrupts once until it is read, and only with OUT2", (t) => {
  const { uart, edges } = port();
  uart.write(1, 1);
  uart.input(new Uint8Array([1]));
  t.is(edges(), 0);
  uart.write(4, 8);
  t.is(edges(), 1);
  uart.input(new Uint8Array([2]));
  t.is(edges(), 1);
  t.is(uart.read(2) & 15, 4);
  uart.read(0);
  uart.read(0);
  t.is(uart.read(2) & 15, 1);
  uart.input(new Uint8Array([3]));
  t.is(edges(), 2);
});

test("the empty transmitter interrupts when enabled and after each byte", (t) => {
  const { uart, edges } = port();
  uart.write(4, 8);
  uart.write(1, 2);
  t.is(edges(), 1);
  t.is(uart.read(2) & 15, 2);
  t.is(uart.read(2) & 15, 1);
  uart.write(0, 65);
  t.is(edges(), 2);
});

test("nothing of a long input is lost", (t) => {
  const { uart } = port();
  uart.write(2, 1);
  const text = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
  uart.input(text);
  const got: number[] = [];
  while (uart.read(5) & 1) got.push(uart.read(0));
  t.deepEqual(got, [...text]);
  t.is(uart.backlog, 0);
});

test("clearing the FIFO drops what is in it, loop-back returns what is sent", (t) => {
  const { uart, sent } = port();
  uart.input(new Uint8Array([9]));
  uart.write(2, 3);
  t.is(uart.read(5) & 1, 0);
  uart.write(4, 0x10);
  uart.write(0, 77);
  t.is(uart.read(0), 77);
  t.deepEqual(sent, []);
});
