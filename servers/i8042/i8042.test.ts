import test from "ava";
import fc from "fast-check";
import { type ControllerPorts, controllerReceive, controllerStart } from "./controller.ts";
import { keyText, modifiers } from "./layout-us.ts";
import { scanDecoder, scanTake } from "./scan-code.ts";

/** What the terminal gets for raw bytes. */
function type(bytes: readonly number[]): string {
  const decoder = scanDecoder();
  const state = modifiers();
  let text = "";
  for (const byte of bytes) {
    const change = scanTake(decoder, byte);
    if (change !== undefined) text += keyText(state, change);
  }
  return text;
}

test("letters, shift, caps lock, digits, enter", (t) => {
  t.is(type([0x20, 0xa0, 0x12, 0x92, 0x2f, 0xaf, 0x1c, 0x9c]), "dev\r");
  t.is(type([0x2a, 0x1e, 0x9e, 0xaa, 0x1e]), "Aa");
  t.is(type([0x3a, 0xba, 0x1e, 0x02, 0x2a, 0x1e, 0x02, 0xaa]), "A1a!");
  t.is(type([0x36, 0x28, 0x29, 0x2b, 0xb6, 0x28, 0x29, 0x2b, 0x39, 0x0e]), "\"~|'`\\ \x7f");
});

test("control, alt, cursor keys, keypad", (t) => {
  t.is(type([0x1d, 0x2e, 0x9d, 0x2e]), "\x03c");
  t.is(type([0xe0, 0x1d, 0x20, 0xe0, 0x9d]), "\x04");
  t.is(type([0x38, 0x30, 0xb8]), "\x1bb");
  t.is(type([0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x4b, 0xe0, 0x53]), "\x1b[A\x1b[D\x1b[3~");
  t.is(type([0x1d, 0xe0, 0x4d]), "\x1b[1;5C");
  t.is(type([0x47, 0x52, 0x4a, 0x45, 0x47, 0x52, 0xe0, 0x1c, 0xe0, 0x35]), "70-\x1b[H\x1b[2~\r/");
});

test("false shifts, Pause, answers of the keyboard, overruns are no keys", (t) => {
  t.is(type([0xe0, 0x2a, 0xe0, 0x48, 0xe0, 0xaa, 0x1e]), "\x1b[Aa");
  t.is(type([0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e]), "a");
  t.is(type([0xfa, 0xfe, 0x00, 0xff, 0xe0, 0xff, 0x1e]), "a");
});

test("any bytes: the keyboard works afterwards", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      const release = [0xff, 0xaa, 0xb6, 0x9d, 0xe0, 0x9d, 0xb8, 0xe0, 0xb8];
      t.regex(type([...noise, ...release, 0x1e]), /[aA]$/);
    }),
  );
});

/** A controller with a queue of bytes. */
function model() {
  const state = { configuration: 0x47, queue: [] as number[], expects: "", sent: [] as number[] };
  const ports: ControllerPorts = {
    readStatus: () => (state.queue.length > 0 ? 1 : 0),
    readData: () => state.queue.shift() ?? 0,
    writeData: (value) => {
      if (state.expects === "configuration") state.configuration = value;
      else state.sent.push(value);
      state.expects = "";
    },
    writeCommand: (value) => {
      if (value === 0x20) state.queue.push(state.configuration);
      if (value === 0x60) state.expects = "configuration";
      if (value === 0xad) state.configuration |= 0x10;
      if (value === 0xa7) state.configuration |= 0x20;
      if (value === 0xae) state.configuration &= ~0x10;
      if (value === 0xa8) state.configuration &= ~0x20;
    },
  };
  return { state, ports };
}

test("the controller is set up: keyboard on with interrupt and translation, mouse off", (t) => {
  const { state, ports } = model();
  state.queue.push(1, 2, 3);
  t.is(controllerStart(ports), undefined);
  t.is(state.configuration & 0x73, 0x61);
  t.deepEqual(state.sent, [0xf4]);
  t.deepEqual(state.queue, []);
});

test("no controller is said, a stuck one too, in bounded time", (t) => {
  let reads = 0;
  const stuck = (value: number): ControllerPorts => ({
    readStatus: () => {
      reads += 1;
      return value;
    },
    readData: () => 0,
    writeData: () => {},
    writeCommand: () => {},
  });
  for (const value of [0xff, 0x02, 0x00]) t.regex(controllerStart(stuck(value))!, /no i8042/);
  t.true(reads < 30_000);
  t.is(controllerReceive(stuck(0xff), new Uint8Array(16)), 0);
  t.is(controllerReceive(stuck(0x01), new Uint8Array(16)), 16);
  t.is(controllerReceive(stuck(0x21), new Uint8Array(16)), 0);
});
