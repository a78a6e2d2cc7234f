// A driver in miniature, written from the specification, drives the card through configuration space and memory.
import test from "ava";
import type { Bus } from "./bus.ts";
import { ECAM_BASE, PciBus } from "./pci-bus.ts";
import { VirtioNet } from "./virtio-net.ts";

const VECTORS = 0xfe00_0000;
const REGISTERS = 0xc0_0000_0000;

function machine() {
  const ram = new Uint8Array(1 << 16);
  const messages: number[][] = [];
  const sent: Uint8Array[] = [];
  const check = (at: number, bytes: number) => {
    if (at < 0 || at + bytes > ram.length) throw new RangeError(`no memory at ${at}`);
  };
  const bus: Bus = {
    memory: {
      read: (at, bytes) => {
        check(at, bytes);
        return ram.slice(at, at + bytes);
      },
      write: (at, bytes) => {
        check(at, bytes.length);
        ram.set(bytes, at);
      },
    },
    message: (address, data) => void messages.push([address, data]),
  };
  const card = new VirtioNet(bus, {
    mac: new Uint8Array([2, 0, 0, 0, 0, 1]),
    vectorsAt: VECTORS,
    registersAt: REGISTERS,
    transmit: (f) => void sent.push(f),
  });
  const pci = new PciBus();
  pci.add(2, card);
  return { ram, messages, sent, card, pci, config: ECAM_BASE + (2 << 15) };
}

type Machine = ReturnType<typeof machine>;

/** Brings the card up: both queues of 8 entries at 0x1000 and 0x2000, vectors 0 and 1. */
function up(m: Machine): void {
  const { pci } = m;
  pci.write(m.config + 4, 2, 6);
  pci.write(m.config + 0x42, 2, 0x8000); // MSI-X on
  for (const v of [0, 1]) {
    pci.write(VECTORS + v * 16, 4, 0xfee00000);
    pci.write(VECTORS + v * 16 + 8, 4, 40 + v);
    pci.write(VECTORS + v * 16 + 12, 4, 0);
  }
  const common = (at: number, width: number, value: number) =>
    pci.write(REGISTERS + at, width, value);
  common(0x14, 1, 0);
  common(0x14, 1, 3);
  common(0x08, 4, 0);
  common(0x0c, 4, 1 << 5);
  common(0x08, 4, 1);
  common(0x0c, 4, 3);
  common(0x14, 1, 11);
  for (const q of [0, 1]) {
    common(0x16, 2, q);
    common(0x18, 2, 8);
    common(0x1a, 2, q);
    common(0x20, 4, 0x1000 * (q + 1));
    common(0x28, 4, 0x1000 * (q + 1) + 0x400);
    common(0x30, 4, 0x1000 * (q + 1) + 0x800);
    common(0x1c, 2, 1);
  }
  common(0x14, 1, 15);
}

function post(
  m: Machine,
  queue: number,
  slot: number,
  address: number,
  bytes: number,
  flags: number,
): void {
  const view = new DataView(m.ram.buffer);
  const base = 0x1000 * (queue + 1);
  view.setBigUint64(base + slot * 16, BigInt(address), true);
  view.setUint32(base + slot * 16 + 8, bytes, true);
  view.setUint16(base + slot * 16 + 12, flags, true);
  const index = view.getUint16(base + 0x402, true);
  view.setUint16(base + 0x404 + (index % 8) * 2, slot, true);
  view.setUint16(base + 0x402, index + 1, true);
}

const notify = (m: Machine, queue: number) => m.pci.write(REGISTERS + 0x3000 + queue * 4, 2, queue);

test("configuration space: identity, sizable BARs, capabilities in a chain", (t) => {
  const m = machine();
  t.is(m.pci.read(m.config, 4), 0x10411af4);
  t.is(m.pci.read(m.config + 0x0a, 2), 0x0200);
  t.is(m.pci.read(ECAM_BASE, 4), 0xffffffff);
  m.pci.write(m.config + 0x20, 4, 0xffffffff);
  m.pci.write(m.config + 0x24, 4, 0xffffffff);
  t.is(m.pci.read(m.config + 0x20, 4), 0xffffc00c);
  const ids: number[] = [];
  for (let at = m.pci.read(m.config + 0x34, 1); at !== 0; at = m.pci.read(m.config + at + 1, 1)) {
    ids.push(m.pci.read(m.config + at, 1));
  }
  t.deepEqual(ids, [0x11, 9, 9, 9, 9, 0x10]);
});

test("registers answer only while memory decoding is on", (t) => {
  const m = machine();
  t.is(m.pci.read(REGISTERS + 0x12, 2), 0xffff);
  m.pci.write(m.config + 4, 2, 2);
  t.is(m.pci.read(REGISTERS + 0x12, 2), 3);
  t.is(m.pci.read(REGISTERS + 0x2000, 1), 2);
});

test("features without VERSION_1 are refused", (t) => {
  const m = machine();
  m.pci.write(m.config + 4, 2, 6);
  m.pci.write(REGISTERS + 0x14, 1, 3);
  m.pci.write(REGISTERS + 0x14, 1, 11);
  t.is(m.pci.read(REGISTERS + 0x14, 1), 3);
});

test("a frame goes out with its header cut off, and the driver hears of it", (t) => {
  const m = machine();
  up(m);
  m.ram.set([0xaa, 0xbb], 0x5000 + 12);
  post(m, 1, 0, 0x5000, 14, 0);
  notify(m, 1);
  t.deepEqual(m.sent, [new Uint8Array([0xaa, 0xbb])]);
  t.deepEqual(m.messages, [[0xfee00000, 41]]);
  t.is(new DataView(m.ram.buffer).getUint16(0x2802, true), 1);
});

test("a frame that comes before a buffer waits for it", (t) => {
  const m = machine();
  up(m);
  m.card.receive(new Uint8Array([1, 2, 3]));
  t.deepEqual(m.messages, []);
  post(m, 0, 0, 0x6000, 2048, 2);
  notify(m, 0);
  t.deepEqual(m.messages, [[0xfee00000, 40]]);
  t.deepEqual([...m.ram.subarray(0x600c, 0x600f)], [1, 2, 3]);
  t.is(new DataView(m.ram.buffer).getUint32(0x1808, true), 15);
});

test("masked vectors wait, a suppressed interrupt does not come", (t) => {
  const m = machine();
  up(m);
  m.pci.write(VECTORS + 12, 4, 1);
  post(m, 0, 0, 0x6000, 2048, 2);
  m.card.receive(new Uint8Array([1]));
  t.deepEqual(m.messages, []);
  m.pci.write(VECTORS + 12, 4, 0);
  t.is(m.messages.length, 1);
  new DataView(m.ram.buffer).setUint16(0x1400, 1, true);
  post(m, 0, 1, 0x6000, 2048, 2);
  m.card.receive(new Uint8Array([1]));
  t.is(m.messages.length, 1);
});

test("a looping chain and a wild address stop the device until reset", (t) => {
  for (const bad of ["loop", "wild"]) {
    const m = machine();
    up(m);
    if (bad === "loop") {
      post(m, 1, 0, 0x5000, 14, 1);
      new DataView(m.ram.buffer).setUint16(0x200e, 0, true);
      notify(m, 1);
    } else {
      m.pci.write(REGISTERS + 0x16, 2, 1);
      m.pci.write(REGISTERS + 0x2c, 4, 0x77);
      notify(m, 1);
    }
    t.is(m.pci.read(REGISTERS + 0x14, 1) & 64, 64, bad);
    m.pci.write(REGISTERS + 0x14, 1, 0);
    t.is(m.pci.read(REGISTERS + 0x14, 1), 0);
  }
});

test("function-level reset silences the card", (t) => {
  const m = machine();
  up(m);
  let express = m.pci.read(m.config + 0x34, 1);
  while (m.pci.read(m.config + express, 1) !== 0x10)
    express = m.pci.read(m.config + express + 1, 1);
  m.pci.write(m.config + express + 8, 2, 0x8000);
  t.is(m.pci.read(m.config + 4, 2), 0);
  m.card.receive(new Uint8Array([1]));
  t.deepEqual(m.messages, []);
});
