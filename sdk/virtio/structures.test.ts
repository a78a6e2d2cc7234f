import test from "ava";
import fc from "fast-check";
import { parseStructures as parse } from "./structures.ts";

/** As a network card's driver asks. */
const parseStructures = (config: Uint8Array) => parse(config, 8);

const VENDOR = 9;
type Capability = [id: number, ...body: number[]];

/** A virtio structure's capability, 16 or 20 bytes. */
function structure(
  kind: number,
  bar: number,
  offset: number,
  length: number,
  extra: number[] = [],
): Capability {
  const words = new DataView(new ArrayBuffer(8));
  words.setUint32(0, offset, true);
  words.setUint32(4, length, true);
  const size = 16 + extra.length;
  return [VENDOR, size, kind, bar, 0, 0, 0, ...new Uint8Array(words.buffer), ...extra];
}

/** Configuration space with these capabilities, one behind the other. */
function space(...list: Capability[]): Uint8Array {
  const bytes = new Uint8Array(256);
  bytes[6] = 0x10;
  let link = 0x34;
  let at = 0x40;
  for (const [id, ...body] of list) {
    bytes[link] = at;
    bytes[at] = id;
    bytes.set(body, at + 2);
    link = at + 1;
    at = (at + 2 + body.length + 3) & ~3;
  }
  return bytes;
}

const common = structure(1, 4, 0, 56);
const notify = structure(2, 4, 0x3000, 0x1000, [4, 0, 0, 0]);
const device = structure(4, 4, 0x2000, 0x1000);

test("common, notify and device structures are found, MSI-X and others skipped", (t) => {
  const found = parseStructures(
    space([0x11, 0, 0, 0], common, structure(3, 4, 0x1000, 1), notify, device),
  );
  t.deepEqual(found, {
    common: { bar: 4, offset: 0, length: 56 },
    notify: { bar: 4, offset: 0x3000, length: 0x1000 },
    notifyMultiplier: 4,
    device: { bar: 4, offset: 0x2000, length: 0x1000 },
  });
});

test("the first of two structures of a kind counts", (t) => {
  const found = parseStructures(space(common, structure(1, 2, 64, 56), notify, device));
  if (typeof found === "string") return t.fail(found);
  t.is(found.common.bar, 4);
});

test("lists that lack, loop or leave are refused", (t) => {
  t.is(parseStructures(new Uint8Array(255)), "virtio.capabilities");
  t.is(parseStructures(new Uint8Array(256)), "virtio.legacy");
  t.is(parseStructures(space()), "virtio.legacy");
  t.is(parseStructures(space(common, notify)), "virtio.legacy");
  const loop = space(common, notify, device);
  loop[0x41] = 0x40;
  t.is(parseStructures(loop), "virtio.capabilities");
  const back = space(common, notify, device);
  back[0x41] = 0x3c;
  t.is(parseStructures(back), "virtio.capabilities");
});

test("structures that are too short or in no region do not count", (t) => {
  for (const bad of [structure(1, 4, 0, 55), structure(1, 6, 0, 56)]) {
    t.is(parseStructures(space(bad, notify, device)), "virtio.legacy");
  }
  t.is(parseStructures(space(common, structure(2, 4, 0, 4), device)), "virtio.legacy");
  t.is(parseStructures(space(common, notify, structure(4, 4, 0, 7))), "virtio.legacy");
});

test("any 256 bytes are parsed or refused", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), (bytes) => {
      bytes[6] |= 0x10;
      const found = parseStructures(bytes);
      return typeof found === "string" || found.common.bar <= 5;
    }),
    { numRuns: 500 },
  );
  t.pass();
});
