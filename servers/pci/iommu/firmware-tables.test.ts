// ACPI's tables as firmware lays them out, and as it must not.
import test from "ava";
import fc from "fast-check";
import { firmwareTable } from "./firmware-tables.ts";
import { remappingTable } from "./remapping-table.ts";

/** Memory with tables, each with a sum of zero. */
function firmware() {
  const memory = new Uint8Array(0x4000);
  const view = new DataView(memory.buffer);
  const read = (address: number, bytes: number) =>
    address + bytes <= memory.length ? memory.slice(address, address + bytes) : undefined;
  const seal = (at: number, bytes: number, sumAt: number) => {
    memory[at + sumAt] = 0;
    memory[at + sumAt] = -memory.subarray(at, at + bytes).reduce((a, b) => a + b, 0);
  };
  const name = (at: number, text: string) => memory.set(Buffer.from(text), at);
  const table = (at: number, signature: string, bytes: number) => {
    name(at, signature);
    view.setUint32(at + 4, bytes, true);
    seal(at, bytes, 9);
  };
  const pointer = (revision: number, root: number) => {
    name(0x100, "RSD PTR ");
    memory[0x10f] = revision;
    view.setUint32(0x110, root, true);
    view.setUint32(0x118, root, true);
    seal(0x100, 20, 8);
    seal(0x100, 36, 32);
  };
  return { memory, view, read, seal, table, pointer };
}

for (const revision of [0, 2])
  test(`a table is found through the root pointer of revision ${revision}`, (t) => {
    const { view, read, table, pointer } = firmware();
    pointer(revision, 0x200);
    const step = revision === 0 ? 4 : 8;
    [0x1000, 0x1100, 0x1200].forEach((at, n) => {
      view.setUint32(0x200 + 36 + n * step, at, true);
    });
    table(0x1000, "APIC", 44);
    table(0x1100, "DMAR", 64);
    table(0x1200, "DMAR", 48);
    table(0x200, revision === 0 ? "RSDT" : "XSDT", 36 + 3 * step);
    t.is(firmwareTable(read, 0x100, "DMAR")?.length, 64);
    t.is(firmwareTable(read, 0x100, "HPET"), undefined);
    t.is(firmwareTable(read, 0, "DMAR"), undefined);
    t.is(firmwareTable(read, 0x104, "DMAR"), undefined);
  });

test("a table whose bytes do not sum up is left out, one after it is found", (t) => {
  const { memory, view, read, table, pointer } = firmware();
  pointer(2, 0x200);
  view.setUint32(0x200 + 36, 0x1000, true);
  view.setUint32(0x200 + 44, 0x1100, true);
  table(0x1000, "DMAR", 64);
  table(0x1100, "DMAR", 48);
  memory[0x1020] = 7;
  table(0x200, "XSDT", 52);
  t.is(firmwareTable(read, 0x100, "DMAR")?.length, 48);
});

/** A DMAR table's bytes from its structures. */
function dmar(...structures: number[][]): Uint8Array {
  return Uint8Array.from([...new Uint8Array(48), ...structures.flat()]);
}
const long = (value: number) => [...new Uint8Array(new BigUint64Array([BigInt(value)]).buffer)];

test("units and reserved regions of the first segment; the rest is left out", (t) => {
  const unit = (segment: number, address: number) => [
    0,
    0,
    16,
    0,
    1,
    0,
    segment,
    0,
    ...long(address),
  ];
  const scope = [1, 10, 0, 0, 0, 0, 0x1c, 1, 0x05, 0];
  const bridge = [2, 8, 0, 0, 0, 0, 1, 0];
  const region = [
    1,
    0,
    42,
    0,
    0,
    0,
    0,
    0,
    ...long(0x7a00_0000),
    ...long(0x7a01_ffff),
    ...scope,
    ...bridge,
  ];
  const other = [3, 0, 8, 0, 0, 0, 0, 0];
  t.deepEqual(
    remappingTable(
      dmar(unit(0, 0xfed9_0000), other, unit(1, 0xfed9_1000), region, unit(0, 0xfed9_2000)),
    ),
    {
      units: [0xfed9_0000, 0xfed9_2000],
      regions: [
        {
          base: 0x7a00_0000,
          limit: 0x7a01_ffff,
          scopes: [
            {
              bus: 0,
              path: [
                { device: 0x1c, function: 1 },
                { device: 5, function: 0 },
              ],
            },
          ],
        },
      ],
    },
  );
});

test("any bytes give a table in bounded work", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const { units, regions } = remappingTable(dmar([...bytes]));
      return units.length + regions.length <= 25;
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), (bytes, at) => {
      const read = (address: number, count: number) =>
        address + count <= bytes.length ? bytes.slice(address, address + count) : undefined;
      return firmwareTable(read, at, "DMAR") === undefined;
    }),
  );
  t.pass();
});
