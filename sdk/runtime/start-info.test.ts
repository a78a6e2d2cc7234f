import "./testing/model-binding.ts";
import test from "ava";
import fc from "fast-check";
import { layouts, startFlags } from "../abi/table.ts";
import { readStart } from "./start-info.ts";
import { startPayload } from "./start-payload.ts";
import { model } from "./testing/model-binding.ts";

const AT = 40_000;
const place = (payload: Uint8Array) => new Uint8Array(model.buffer).set(payload, AT);
const base = { bundle: 0x3000_0000, bundleBytes: 5, heapLimit: 1 << 23, stackBytes: 1 << 18 };
const name = fc.stringMatching(/^[a-z][a-z0-9:/-]{0,20}$/);

test("what init writes is what the process reads", (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ name, number: fc.integer({ min: 1, max: 0xffffffff }) }), {
        selector: (grant) => grant.name,
        maxLength: 20,
      }),
      fc.dictionary(name, fc.string({ maxLength: 20 }), { maxKeys: 5 }),
      fc.boolean(),
      (grants, options, seeded) => {
        const seed = seeded ? new Uint8Array(32).fill(9) : undefined;
        const payload = startPayload(
          { ...base, name: "netd", grants, options, ...(seed && { seed }) },
          (text, into, at) => model.encode(text, into, at),
        );
        place(payload);
        const start = readStart(AT, payload.length, []);
        t.is(start.name, "netd");
        t.is(start.seeded, seeded);
        t.deepEqual(start.first, []);
        t.deepEqual(start.grants, Object.fromEntries(grants.map((g) => [g.name, g.number])));
        t.deepEqual(start.options, { ...options });
      },
    ),
  );
});

test("number 0 takes the next handle of the event itself", (t) => {
  const grants = [
    { name: "a", number: 0 },
    { name: "b", number: 7 },
    { name: "c", number: 0 },
  ];
  const payload = startPayload({ ...base, name: "x", grants }, (text, into, at) =>
    model.encode(text, into, at),
  );
  place(payload);
  t.deepEqual(readStart(AT, payload.length, [31, 32]).grants, { a: 31, b: 7, c: 32 });
});

test("the first process gets bare numbers", (t) => {
  const payload = new Uint8Array(layouts.start.SIZE + 12);
  const view = new DataView(payload.buffer);
  view.setUint32(layouts.start.version, 1, true);
  view.setUint32(layouts.start.flags, startFlags.FIRST, true);
  view.setUint32(layouts.start.SIZE, 2, true);
  view.setUint32(layouts.start.SIZE + 4, 11, true);
  view.setUint32(layouts.start.SIZE + 8, 12, true);
  place(payload);
  t.deepEqual(readStart(AT, payload.length, []).first, [11, 12]);
});

test("a payload that is cut short is refused, wherever the cut", (t) => {
  const payload = startPayload(
    { ...base, name: "x", grants: [{ name: "log", number: 5 }], options: { a: "b" } },
    (text, into, at) => model.encode(text, into, at),
  );
  place(payload);
  let whole = 0;
  for (let length = 0; length < payload.length; length++) {
    try {
      readStart(AT, length, []);
      whole++;
    } catch (error) {
      t.regex(String(error), /cut short|unknown version/);
    }
  }
  // whole where nothing follows: after the fixed part, and after the grants
  t.is(whole, 2);
});

test("what does not fit a message is refused when it is written", (t) => {
  const grants = Array.from({ length: 300 }, (_, i) => ({ name: `grant-number-${i}`, number: i }));
  t.throws(
    () =>
      startPayload({ ...base, name: "x", grants }, (text, into, at) =>
        model.encode(text, into, at),
      ),
    { instanceOf: RangeError },
  );
});
