// The line over a serial port in a whole system on the simulated nucleus: requests and long answers, over a line with noise, too.
import test from "ava";
import { encodeFrame, frameKinds } from "../../sdk/channel/frame.ts";
import { FrameReader, filler } from "../../sdk/channel/frame-reader.ts";
import { pieceBytes, Transfer } from "../../sdk/channel/transfer.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { uart, uartTaken } from "../../sdk/uart/uart.ts";
import { SerialPort } from "./port.ts";

const system = await freshSystem();

/** A host with all that a session needs; `change` is the line's noise, both ways. */
async function scene(change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
  const guest = await SimGuest.boot({ ...system, board: { channel: "serial", net: false } });
  await guest.login();
  const { machine } = guest;
  const { board } = machine;
  const reader = new FrameReader();
  const send = (bytes: Uint8Array) => board.toChannel(change(bytes));
  let session = 1;
  let opened = false;
  let answer = "";
  let transfer = new Transfer(session, { transmit: () => {}, message: () => {} });
  board.onChannel = (bytes) =>
    reader.push(change(bytes), (frame) => {
      if (frame.session !== session) return;
      if (frame.kind === frameKinds.OPENED) opened = true;
      else transfer.receive(frame, machine.now);
    });
  const until = async (done: () => boolean, step: () => void) => {
    for (let i = 0; i < 600 && !done(); i++) {
      await machine.run(done, machine.now + 1e8);
      step();
    }
    return done();
  };
  const ask = async (call: string, fields: object = {}) => {
    session += 1;
    opened = false;
    answer = "";
    transfer = new Transfer(
      session,
      {
        transmit: (frame) => send(encodeFrame(frame)),
        message: (bytes) => {
          answer = Buffer.from(bytes).toString();
        },
      },
      pieceBytes.serial,
    );
    const open = () =>
      send(
        encodeFrame({
          kind: frameKinds.OPEN,
          flags: 0,
          session,
          sequence: 0,
          payload: new Uint8Array([1, 0]),
        }),
      );
    send(filler());
    open();
    if (!(await until(() => opened, open))) throw new Error("no session was opened");
    transfer.send(Buffer.from(JSON.stringify({ id: 1, call, fields })), machine.now);
    const whole = await until(
      () => answer !== "",
      () => transfer.tick(machine.now),
    );
    if (!whole) throw new Error(`no answer: ${transfer.over}`);
    return JSON.parse(answer);
  };
  return { guest, ask, repeated: () => transfer.repeated };
}

test("a host is answered over the second serial port, and the console keeps the first", async (t) => {
  const { guest, ask } = await scene();
  t.like(await ask("account"), { id: 1, reply: { name: "dev" } });
  const { reply } = await ask("processes", { from: 0 });
  t.true(reply.processes.length > 5);
  t.regex(await guest.command("services"), /\/dev\/host1 +serial-line +running/);
});

test("noise costs time and nothing else", async (t) => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  // one byte in 1,500 is another, one in 3,000 is lost
  const noise = (bytes: Uint8Array) => {
    const kept: number[] = [];
    for (const byte of bytes) {
      const chance = random();
      if (chance < 1 / 3000) continue;
      kept.push(chance < 1 / 1000 ? byte ^ 0x10 : byte);
    }
    return Uint8Array.from(kept);
  };
  const { ask } = await scene(noise);
  for (let round = 0; round < 5; round++) {
    t.like(await ask("account"), { id: 1, reply: { name: "dev" } });
    const { reply } = await ask("log", { position: 0 });
    t.regex(reply.text, /serial-line: line to the host/);
    // a request of many frames: the host's window and the system's acknowledgements
    const refused = await ask("script", {
      kind: "script",
      show: "value",
      source: "x".repeat(9000),
    });
    t.is(refused.id, 1);
  }
});

test("a machine without that port: the driver ends once, well, and dev with it", async (t) => {
  const guest = await SimGuest.boot({ ...system, board: { net: false } });
  await guest.login();
  t.regex(await guest.command("log serial-line"), /no serial port answers at 0x2f8/);
  const ps = await guest.command("ps");
  t.false(/serial-line|\bdev\b/.test(ps), ps);
});

test("what nobody reads is bounded, and the rest goes in order", (t) => {
  let arriving: number[] = [];
  const left: number[] = [];
  let busy = 0;
  const port = new SerialPort(
    uart({
      read: (offset) => {
        if (offset === 5) return (arriving.length > 0 ? 1 : 0) | (busy-- > 0 ? 0 : 0x20);
        return offset === 0 ? arriving.shift()! : 1;
      },
      write: (offset, value) => {
        if (offset === 0) left.push(value);
      },
    }),
  );
  left.length = 0;
  arriving = Array.from({ length: 20_000 }, (_, i) => i & 255);
  while (port.look());
  t.is(port.dropped, 20_000 - (16 << 10));
  const first = port.receive()!;
  t.is(first.length, 2048);
  t.deepEqual([...first.subarray(0, 3)], [0, 1, 2]);
  let all = first.length;
  for (let more = port.receive(); more !== undefined; more = port.receive()) {
    t.is(more[0], all & 255);
    all += more.length;
  }
  t.is(all, 16 << 10);
  busy = 1;
  t.true(port.transmit(Uint8Array.of(1, 2, 3)));
  t.false(port.transmit(Uint8Array.of(4)), "the device has not taken the first yet");
  port.look();
  t.true(port.idle);
  t.deepEqual(left, [1, 2, 3]);
});

test("new code goes on with the bytes on their way, and sets nothing up", (t) => {
  const arriving = [1, 2, 3];
  const written: (readonly [number, number])[] = [];
  let busy = 100;
  const registers = {
    read: (offset: number) => {
      if (offset === 5) return (arriving.length > 0 ? 1 : 0) | (busy-- > 0 ? 0 : 0x20);
      return offset === 0 ? arriving.shift()! : 1;
    },
    write: (offset: number, value: number) => void written.push([offset, value]),
  };
  const port = new SerialPort(uart(registers));
  port.look();
  t.true(port.transmit(Uint8Array.of(7, 8, 9)));
  written.length = 0;
  const next = new SerialPort(uartTaken(registers), port.save());
  t.deepEqual(written, []);
  arriving.push(4);
  next.look();
  t.deepEqual(next.receive(), Uint8Array.of(1, 2, 3, 4));
  t.false(next.idle);
  busy = 0;
  next.look();
  t.true(next.idle);
  t.deepEqual(
    written.filter(([offset]) => offset === 0).map(([, value]) => value),
    [7, 8, 9],
  );
});
