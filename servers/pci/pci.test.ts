import test from "ava";
import fc from "fast-check";
import { memoryBars } from "./bars.ts";
import { capabilities } from "./capabilities.ts";
import { ecam, formatBdf } from "./config-space.ts";
import { isDeviceClass, ofClass } from "./device-class.ts";
import { enumerate } from "./enumerate.ts";
import { modelBar, modelBus, modelFunction } from "./model-bus.ts";
import { msixTable } from "./msix.ts";

function networkCard() {
  const card = modelFunction(0x1af4, 0x1041, 0x020000);
  modelBar(card, 1, 0x8000_0000, 4096, false);
  modelBar(card, 4, 0x38_0000_0000, 16_384, true);
  card.view.setUint16(6, 0x10, true);
  card.bytes[0x34] = 0x98;
  card.bytes.set([0x11, 0x84, 0x03, 0x00, 0x01, 0, 0, 0, 0x01, 0x08, 0, 0], 0x98);
  card.bytes.set([0x09, 0x00, 0x14], 0x84);
  return card;
}

test("functions behind bridges are found once; loops of bridges end", (t) => {
  const { space, add } = modelBus();
  add(0x0000, modelFunction(0x8086, 0x29c0, 0x060000));
  const port = modelFunction(0x1b36, 0x000c, 0x060400);
  port.bytes[0x0e] = 0x81;
  port.bytes[0x19] = 1;
  add(0x0008, port);
  const second = modelFunction(0x1b36, 0x000c, 0x060400);
  second.bytes[0x0e] = 0x01;
  second.bytes[0x19] = 1;
  add(0x0009, second);
  add(0x0100, networkCard());
  const loop = modelFunction(0x1b36, 0x000c, 0x060400);
  loop.bytes[0x0e] = 1;
  loop.bytes[0x19] = 0;
  add(0x0108, loop);
  const found = enumerate(space, 0, 255);
  t.deepEqual(
    found.map((each) => formatBdf(each.bdf)),
    ["00:00.0", "00:01.0", "00:01.1", "01:00.0", "01:01.0"],
  );
  t.is(found[3]?.class, 0x020000);
  t.deepEqual(ofClass(found, "virtio-net"), [found[3]!]);
  t.deepEqual(ofClass(found, "constructor"), []);
  t.false(isDeviceClass("toString"));
});

test("regions are sized and left as found", (t) => {
  const { space, add } = modelBus();
  const card = networkCard();
  card.view.setUint16(4, 7, true);
  add(0x10, card);
  const before = card.bytes.slice();
  t.deepEqual(memoryBars(space, 0x10), [
    { index: 1, address: 0x8000_0000, bytes: 4096, prefetchable: false, wide: false },
    { index: 4, address: 0x38_0000_0000, bytes: 16_384, prefetchable: false, wide: true },
  ]);
  t.deepEqual(card.bytes, before);
});

test("regions of 4 GiB and more, without an address, of I/O", (t) => {
  const { space, add } = modelBus();
  const card = modelFunction(1, 2, 3);
  modelBar(card, 0, 0x100_0000_0000, 2 ** 34, true);
  modelBar(card, 2, 0, 4096, false);
  card.barMasks[3] = 0xffe0;
  card.view.setUint32(0x1c, 0xc001, true);
  modelBar(card, 4, 0x1000, 8192, false);
  add(8, card);
  t.deepEqual(
    memoryBars(space, 8).map((bar) => [bar.index, bar.bytes]),
    [[0, 2 ** 34]],
  );
});

test("capabilities and the MSI-X table", (t) => {
  const { space, add } = modelBus();
  add(0x10, networkCard());
  const { list, sound } = capabilities(space, 0x10);
  t.true(sound);
  t.deepEqual(list, [
    { id: 0x11, offset: 0x98 },
    { id: 0x09, offset: 0x84 },
  ]);
  const bars = memoryBars(space, 0x10);
  const table = msixTable(space, 0x10, list, bars);
  t.is(table?.entries, 4);
  t.is(table?.bar.index, 1);
  t.is(msixTable(space, 0x10, list, [{ ...bars[0]!, bytes: 32 }]), undefined);
  t.is(msixTable(space, 0x10, list, []), undefined);
});

test("a capability list that loops or points into the header ends", (t) => {
  const { space, add } = modelBus();
  const card = networkCard();
  card.bytes[0x85] = 0x98;
  add(0x10, card);
  t.deepEqual(capabilities(space, 0x10), {
    list: [
      { id: 0x11, offset: 0x98 },
      { id: 0x09, offset: 0x84 },
    ],
    sound: false,
  });
  card.bytes[0x85] = 0x10;
  t.false(capabilities(space, 0x10).sound);
});

test("any register contents end in bounded time and in sound values", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), (noise) => {
      const { space, add } = modelBus();
      const card = modelFunction(0, 0, 0);
      card.bytes.set(noise);
      card.barMasks.fill(0xffff_f000 | 0);
      add(0x10, card);
      const { list } = capabilities(space, 0x10);
      t.true(list.length <= 48);
      const bars = memoryBars(space, 0x10);
      for (const bar of bars) t.true(bar.address > 0 && bar.address % bar.bytes === 0);
      msixTable(space, 0x10, list, bars);
      enumerate(space, 0, 255);
    }),
    { numRuns: 200 },
  );
});

test("the enhanced mechanism addresses bus, device, function, register", (t) => {
  const offsets: number[] = [];
  const note = (offset: number) => {
    offsets.push(offset);
    return 0;
  };
  const memory = { get8: note, get16: note, get32: note, set16: note, set32: note };
  const space = ecam(memory, 2, 3);
  t.is(space.read16(0x0100, 0), 0xffff);
  space.read32(0x0200, 4);
  space.write16(0x031a, 0x40, 1);
  t.deepEqual(offsets, [4, (0x11a << 12) + 0x40]);
});
