import test from "ava";
import { Failure } from "../../sdk/contract/failure.ts";
import { allowedClasses, type Claims, choose } from "./claims.ts";
import { registers } from "./config-space.ts";
import type { PciFunction } from "./enumerate.ts";
import { modelBus, modelFunction } from "./model-bus.ts";
import { quiet, resetKind, restoreRegions, saveRegions, startReset } from "./reset.ts";

const card = (bdf: number): PciFunction => ({
  bdf,
  vendor: 0x1af4,
  device: 0x1041,
  class: 0x020000,
  revision: 1,
  header: 0,
  subsystem: 0x1100,
});
const claims = (functions: PciFunction[], orphans: number[] = []): Claims => ({
  functions,
  allowed: allowedClasses({ "claims:virtio-net": "virtio-net", buses: "0 255" }),
  owners: {},
  resting: {},
  orphans: { has: (bdf) => orphans.includes(bdf) },
});
const sentence = (result: PciFunction | Failure) =>
  result instanceof Failure ? result.sentence : "no failure";

test("a driver gets a free function of its class, others are told why not", (t) => {
  const state = claims([card(0x10), card(0x18)]);
  t.is((choose(state, "virtio-net", "virtio-net") as PciFunction).bdf, 0x10);
  state.owners[0x10] = "virtio-net";
  t.is((choose(state, "virtio-net", "virtio-net") as PciFunction).bdf, 0x18);
  state.owners[0x18] = "virtio-net";
  t.is(
    sentence(choose(state, "virtio-net", "virtio-net")),
    "virtio-net at 00:02.0 is claimed by virtio-net",
  );
  t.regex(sentence(choose(state, "tls", "virtio-net")), /servers\/tls\/manifest\.ts/);
  t.regex(sentence(choose(state, "constructor", "virtio-net")), /may not claim/);
  t.is(
    sentence(choose(claims([]), "virtio-net", "virtio-net")),
    "this machine has no virtio-net device",
  );
});

test("after the end of pci a device is its driver's next process's, and nobody else's", (t) => {
  const orphans = [0x10];
  const state = claims([card(0x10), card(0x18)], orphans);
  state.owners[0x10] = state.owners[0x18] = "virtio-net";
  t.is((choose(state, "virtio-net", "virtio-net") as PciFunction).bdf, 0x10);
  state.owners[0x10] = "other";
  t.regex(sentence(choose(state, "virtio-net", "virtio-net")), /is claimed by other/);
  state.owners[0x10] = "virtio-net";
  orphans.length = 0;
  t.regex(sentence(choose(state, "virtio-net", "virtio-net")), /is claimed by virtio-net/);
});

test("rest: no bus mastering, no messages; the reset that the function offers", (t) => {
  const { space, add } = modelBus();
  const each = modelFunction(0x1af4, 0x1041, 0x020000);
  each.view.setUint16(registers.COMMAND, 7, true);
  each.view.setUint16(registers.STATUS, 0x10, true);
  each.bytes[registers.CAPABILITIES] = 0x40;
  each.bytes.set([0x11, 0x50, 0x02, 0x80], 0x40);
  each.bytes.set([0x10, 0x00], 0x50);
  add(0x10, each);
  quiet(space, 0x10);
  t.is(space.read16(0x10, registers.COMMAND), 0x403);
  t.is(space.read16(0x10, 0x42), 2);
  t.is(resetKind(space, 0x10).kind, "none");
  t.false(startReset(space, 0x10));
  each.view.setUint32(0x54, 1 << 28, true);
  t.deepEqual(resetKind(space, 0x10), { kind: "express", offset: 0x50 });
  t.true(startReset(space, 0x10));
  t.is(space.read16(0x10, 0x58), 0x8000);
});

test("regions survive a reset", (t) => {
  const { space, add } = modelBus();
  const each = modelFunction(1, 2, 3);
  each.barMasks.fill(-1);
  each.view.setUint32(0x10, 0xfe00_0000, true);
  add(0x10, each);
  const saved = saveRegions(space, 0x10);
  each.view.setUint32(0x10, 0, true);
  restoreRegions(space, 0x10, saved);
  t.is(space.read32(0x10, 0x10), 0xfe00_0000);
});
