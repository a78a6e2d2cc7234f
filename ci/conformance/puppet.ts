// The program of a child process: it does what its parent says over a channel. One order a call; the answer says what came of it.
// Orders and answers are numbers (f64), so that a case reads like the calls it makes.
import { step } from "./loop.ts";
import { type Entry, readEvents } from "./message.ts";
import { must, second } from "./system.ts";
import { uusi } from "../../sdk/runtime/binding.ts";

export const orders = {
  /** number, a0..a5 -> rax, rdx, own event handles */
  SYS: 1,
  /** operation, handle, port (0: its own), cookie -> status */
  SUBMIT: 2,
  /** -> (type, status, reply, key) of one event that waits on its port, or nothing */
  EVENT: 3,
  /** address -> the byte there */
  READ: 4,
  /** an exception that nobody catches */
  THROW: 5,
  /** a turn without an end */
  SPIN: 6,
  /** memory until there is none */
  EXHAUST: 7,
  /** calls itself without an end */
  RECURSE: 8,
  /** -> the number of its port */
  PORT: 9,
  /** port (-1: its own), bytes: a submit_wait with these arguments */
  WAIT: 10,
} as const;

const CONTROL = 1;
/** An argument of SYS from here on stands for a handle that came with the order. */
export const HANDLE = 2 ** 52;

function numbers(payload: Uint8Array): number[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const values: number[] = [];
  for (let at = 0; at + 8 <= payload.length; at += 8) values.push(view.getFloat64(at, true));
  return values;
}

/** Numbers as a payload, and back. */
export function asPayload(values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i] as number, true);
  return new Uint8Array(view.buffer);
}
export { numbers as fromPayload };

function recurse(depth: number): number {
  return recurse(depth + 1) + 1;
}

/** Serves orders on the endpoint for ever. */
export async function puppet(endpoint: number): Promise<void> {
  const port = must("port_create");
  must("bind", endpoint, port, CONTROL);
  const kept: number[][] = [];
  let batch: Entry[] = [];
  for (;;) {
    const { result } = await step(batch, port, -1);
    batch = [];
    for (const event of readEvents(result)) {
      if (event.key !== CONTROL || event.reply === 0) {
        kept.push([event.type, event.status, event.reply, event.key, ...event.handles]);
        continue;
      }
      const [order, ...a] = numbers(event.payload) as [number, ...number[]];
      let answer: number[] = [];
      if (order === orders.SYS) {
        const [n, ...args] = a.map((v) =>
          v >= HANDLE ? (event.handles[v - HANDLE] as number) : v,
        );
        const value = uusi.sys(n as number, ...(args as [number]));
        answer = [value, second(), ...event.handles];
      } else if (order === orders.SUBMIT) {
        const [operation, handle, onPort, cookie] = a as [number, number, number, number];
        const entry: Entry = { operation, handle, port: onPort === 0 ? port : onPort, cookie };
        const done = await step([entry], port, 0);
        for (const e of readEvents(Math.max(0, done.result))) {
          kept.push([e.type, e.status, e.reply, e.key, ...e.handles]);
        }
        answer = [done.statuses[0] as number];
      } else if (order === orders.EVENT) {
        answer = kept.shift() ?? [];
      } else if (order === orders.READ) {
        answer = [uusi.get8(a[0] as number)];
      } else if (order === orders.PORT) {
        answer = [port];
      } else if (order === orders.WAIT) {
        const [on, bytes] = a as [number, number];
        await step([], on === -1 ? port : on, 0, bytes);
      } else if (order === orders.THROW) {
        throw new Error("thrown as ordered");
      } else if (order === orders.SPIN) {
        for (;;);
      } else if (order === orders.EXHAUST) {
        const all: number[][] = [];
        for (;;) all.push(new Array(10000).fill(all.length + 0.5));
      } else if (order === orders.RECURSE) {
        answer = [recurse(0)];
      }
      batch.push({ operation: 3, handle: event.reply, payload: asPayload(answer) });
    }
  }
}
