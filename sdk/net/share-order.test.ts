// A stream's ring is behind the last piece that came as a message, even when the answer that brings the ring comes first.
import test from "ava";
import type { Network } from "./network.ts";
import { TcpStream } from "./tcp-stream.ts";

function scene() {
  const on: { [name: string]: (fields: object) => void } = {};
  const listen = (name: string) => (handler: (fields: object) => void) => {
    on[name] = handler;
  };
  const memory = Uint8Array.from({ length: 16 }, (_, index) => 100 + index);
  const view = {
    length: 16,
    copyOut(at: number, into: Uint8Array, to: number, count: number) {
      into.set(memory.subarray(at, at + count), to);
    },
    close() {},
  };
  const client = {
    on: Object.fromEntries(
      ["arrived", "left", "data", "end", "over"].map((name) => [name, listen(name)]),
    ),
    onClosed() {},
    close() {},
    send: { more() {}, taken() {} },
    share: () =>
      Promise.resolve({
        receive: 1,
        receiveBytes: 16,
        send: 2,
        sendBytes: 16,
        arrived: 3,
        taken: 0,
        put: 0,
        left: 0,
      }),
  };
  const world = { now: () => 0, after: () => ({ cancel() {} }), map: () => view };
  const network = { world } as unknown as Pick<Network, "world">;
  const stream = new TcpStream(network, client as never, 0, 0);
  const pieces = (values: number[]) => {
    for (const each of values) on.data?.({ data: Uint8Array.of(each) });
  };
  return { stream, on, pieces };
}

test("bytes of the ring wait for the messages that were sent before it", async (t) => {
  const { stream, on, pieces } = scene();
  on.data?.({ data: new Uint8Array(70_000) }); // many bytes: it asks for the rings
  await new Promise(setImmediate);
  t.deepEqual(await stream.read(), { done: false, value: new Uint8Array(70_000) });
  const early = stream.read();
  pieces([1, 2]);
  t.deepEqual(await early, { done: false, value: Uint8Array.of(1) });
  on.arrived?.({ total: 3 });
  t.deepEqual(await stream.read(), { done: false, value: Uint8Array.of(2) });
  t.deepEqual(await stream.read(), { done: false, value: Uint8Array.of(100, 101, 102) });
});

test("the end comes behind both", async (t) => {
  const { stream, on, pieces } = scene();
  on.data?.({ data: new Uint8Array(70_000) });
  await new Promise(setImmediate);
  await stream.read();
  const reads = [stream.read(), stream.read(), stream.read()];
  pieces([1]);
  on.arrived?.({ total: 3 });
  on.end?.({ total: 3 });
  t.deepEqual(await Promise.all(reads), [
    { done: false, value: Uint8Array.of(1) },
    { done: false, value: Uint8Array.of(100, 101, 102) },
    { done: true, value: undefined },
  ]);
});
