// The driver against the simulated machine's console device, which was written apart from it.
import test from "ava";
import fc from "fast-check";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { VirtioConsole } from "../../sdk/sim/devices/virtio-console.ts";
import { deviceMachine } from "../../sdk/virtio/testing/device-machine.ts";
import { STREAM_BYTES } from "./contract.ts";
import { Line, type LineCalls } from "../../sdk/channel/line.ts";
import { PARKED, type Parked } from "../../sdk/contract/parked.ts";
import { PORT_MEMORY_BYTES, Port, resumePort, startPort, vectors } from "./port.ts";

function started() {
  const sent: number[] = [];
  const m = deviceMachine(
    (bus, vectorsAt, registersAt) =>
      new VirtioConsole(bus, { vectorsAt, registersAt, transmit: (bytes) => sent.push(...bytes) }),
    PORT_MEMORY_BYTES,
    0,
  );
  const port = startPort(m.parts);
  if (!(port instanceof Port)) throw new Error(port);
  return { ...m, port, sent };
}

/** A line whose device interrupts as soon as the test says so, and its calls as promises. */
function lineOf(m: ReturnType<typeof started>, port = m.port, calls?: LineCalls) {
  const faults: string[] = [];
  const replies: ((result: unknown) => void)[] = [];
  const line = new Line(port, (fault) => faults.push(fault), {
    park: () => replies.push(() => {}) - 1,
    read: (reply, result) => replies[reply]!(result),
    written: (reply) => replies[reply]!({}),
  });
  if (calls !== undefined) line.calls = calls;
  const later = <T>(answer: T): Promise<Exclude<T, Parked>> =>
    new Promise((resolve) => {
      if (answer !== PARKED) resolve(answer as Exclude<T, Parked>);
      else replies[replies.length - 1] = (result) => resolve(result as Exclude<T, Parked>);
    });
  const read = () => later(line.read());
  const write = (bytes: Uint8Array) => later(line.write(bytes));
  const serve = () => {
    for (const vector of m.interrupts.splice(0))
      vector === vectors.RECEIVE ? line.arrived() : line.room();
  };
  return { line, read, write, faults, serve };
}

const pattern = (length: number, first = 0) =>
  Uint8Array.from({ length }, (_, index) => (first + index * 13) & 255);

test("bytes go out and come in as they are", (t) => {
  const { port, device, sent } = started();
  t.true(port.transmit(pattern(STREAM_BYTES)));
  t.true(port.transmit(pattern(1, 9)));
  t.deepEqual(sent, [...pattern(STREAM_BYTES), 9]);
  device.receive(pattern(3000));
  t.deepEqual(port.receive(), pattern(3000).slice(0, 2048));
  t.deepEqual(port.receive(), pattern(3000).slice(2048));
  t.is(port.receive(), undefined);
  t.false(port.stopped());
});

test("a reader that does not read holds the host back, and nothing is lost", (t) => {
  const { port, device } = started();
  const all = pattern(100_000);
  device.receive(all);
  t.is(device.backlog, 100_000 - 16 * 2048);
  const got: number[] = [];
  for (let next = port.receive(); next instanceof Uint8Array; next = port.receive())
    got.push(...next);
  t.deepEqual(Uint8Array.from(got), all);
});

test("a full transmit ring takes nothing more until the device has room", (t) => {
  const { port, device, sent, interrupts } = started();
  device.held = true;
  for (let count = 0; count < 16; count++) t.true(port.transmit(pattern(100, count)));
  t.false(port.transmit(pattern(100)));
  t.is(sent.length, 0);
  device.release();
  t.true(interrupts.includes(vectors.TRANSMIT));
  t.true(port.transmit(pattern(100)));
  t.is(sent.length, 1700);
});

test("a device that lies about its rings is a fault", (t) => {
  const { port, device, memory } = started();
  device.receive(pattern(10));
  // The receive ring lies at 0: descriptors 256 bytes, available 38, padding 6, used.
  const used = 300;
  t.is(memory.get16(used + 2), 1);
  memory.set32(used + 8, 2049);
  t.is(port.receive(), "virtio.ring");
  const other = started();
  other.device.receive(pattern(10));
  other.memory.set32(used + 4, 16);
  t.is(other.port.receive(), "virtio.ring");
});

test("a second driver on a running device starts clean", (t) => {
  const m = started();
  m.device.receive(pattern(10));
  const again = startPort(m.parts);
  if (!(again instanceof Port)) return t.fail(again);
  t.is(again.receive(), undefined);
  m.device.receive(pattern(11));
  t.deepEqual(again.receive(), pattern(11));
});

test("a read waits for bytes; a second one is refused", async (t) => {
  const m = started();
  const { read, serve } = lineOf(m);
  const first = read();
  const second = await read();
  t.true(second instanceof Failure && second.code === failures.BUSY);
  m.device.receive(pattern(5));
  serve();
  t.deepEqual(await first, { bytes: pattern(5) });
  m.device.receive(pattern(6));
  t.deepEqual(await read(), { bytes: pattern(6) });
});

test("writes wait for room and leave in order; too long ones are refused", async (t) => {
  const m = started();
  const { write, line, serve } = lineOf(m);
  m.device.held = true;
  const writes = Array.from({ length: 40 }, (_, index) => write(pattern(50, index)));
  t.is(m.sent.length, 0);
  m.device.release();
  serve();
  await Promise.all(writes);
  t.deepEqual(m.sent, Array.from({ length: 40 }, (_, index) => [...pattern(50, index)]).flat());
  t.true(line.write(new Uint8Array(STREAM_BYTES + 1)) instanceof Failure);
});

test("whoever drives it, bytes come and leave once and in order", (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("arrives" as const), bytes: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ kind: fc.constant("write" as const), bytes: fc.integer({ min: 0, max: 2048 }) }),
    fc.record({ kind: fc.constant("held" as const), held: fc.boolean() }),
    fc.constantFrom({ kind: "read" as const }, { kind: "swap" as const }),
  );
  let swaps = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const m = started();
      let port = m.port;
      const came: number[] = [];
      const arrived: number[] = [];
      const written: number[] = [];
      const read = () => {
        const bytes = port.receive();
        if (bytes instanceof Uint8Array) came.push(...bytes);
        return bytes;
      };
      for (const [index, each] of steps.entries()) {
        if (each.kind === "arrives") {
          m.device.receive(pattern(each.bytes, index));
          arrived.push(...pattern(each.bytes, index));
        } else if (each.kind === "write") {
          if (port.transmit(pattern(each.bytes, index)) === true)
            written.push(...pattern(each.bytes, index));
        } else if (each.kind === "held") {
          m.device.held = each.held;
          if (!each.held) m.device.release();
        } else if (each.kind === "read") read();
        else {
          swaps += 1;
          const next = resumePort(m.parts, port.save());
          if (!(next instanceof Port)) return false;
          port = next;
        }
      }
      m.device.release();
      while (read() !== undefined);
      return (
        Buffer.compare(Uint8Array.from(came), Uint8Array.from(arrived)) === 0 &&
        Buffer.compare(Uint8Array.from(m.sent), Uint8Array.from(written)) === 0
      );
    }),
    { numRuns: 100 },
  );
  t.true(swaps > 100);
});

test("a state of rings that is not sound is no port", (t) => {
  const { port, parts } = started();
  const [receiving, sending] = port.save();
  t.is(resumePort(parts, [receiving!]), "virtio.memory");
  t.is(resumePort(parts, [receiving!, { ...sending!, given: new Uint8Array(3) }]), "virtio.memory");
});

test("any stream in any pieces arrives whole", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 })), async (pieces) => {
      const m = started();
      const { read, serve, faults } = lineOf(m);
      for (const piece of pieces) m.device.receive(piece);
      const all = pieces.flatMap((piece) => [...piece]);
      const got: number[] = [];
      while (got.length < all.length) {
        const answer = await read();
        serve();
        if (answer instanceof Failure) throw new Error(answer.sentence);
        got.push(...answer.bytes);
      }
      t.deepEqual(got, all);
      t.deepEqual(faults, []);
    }),
    { numRuns: 20 },
  );
});
