// How much a connection promises its peer depends on how many there are.
import test from "ava";
import { ESTABLISHED } from "./states.ts";
import { addConnection } from "./table.ts";
import { SERVER, Transfer } from "./testing/transfer.ts";
import { perfectWire } from "./testing/wire.ts";

/** 100 Mbit/s, 20 ms there and back: more than the first window carries. */
const line = { ...perfectWire, delay: 10, rate: 12_500, queue: 500_000 };
const FIRST = 128 << 10;

/** The limit of a receiver's buffer behind 4 MB, beside so many other connections. */
function limitBeside(others: number, t: { true(value: boolean): void }): number {
  const transfer = new Transfer(1, line, 4_000_000, 0);
  const { wire, server } = transfer;
  for (let number = 0; number < others; number++) {
    const ends = { localAddress: SERVER, localPort: 9, remoteAddress: 0x0a000100, remotePort: 0 };
    addConnection(server.tcp, ESTABLISHED, { ...ends, remotePort: 2000 + number }, wire.now);
  }
  transfer.start();
  t.true(wire.run(() => transfer.up.ended));
  t.true(transfer.up.sound);
  return transfer.passive!.incoming.ring.limit;
}

test("a window grows where there are few connections, and not where there is no memory for so many", (t) => {
  t.true(limitBeside(0, t) > 4 * FIRST);
  t.is(limitBeside(8, t), 4 * FIRST);
  t.is(limitBeside(99, t), FIRST);
});
