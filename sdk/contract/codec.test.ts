import { isDeepStrictEqual } from "node:util";
import test from "ava";
import fc from "fast-check";
import type { Reader, Writer } from "./channel.ts";
import { type CompiledMethod, compiledOf } from "./compiled.ts";
import { call, contract } from "./contract.ts";
import * as field from "./field.ts";
import { schemaAndValue } from "./testing/schema-arbitrary.ts";

const SIZE = 3 * 4096;

function writer(): Writer {
  const buffer = new ArrayBuffer(SIZE);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
    start: 16,
    handles: [],
    handleCount: 0,
    problem: "",
  };
}

function reader(message: Uint8Array, handles: readonly number[]): Reader {
  const buffer = new ArrayBuffer(SIZE);
  const bytes = new Uint8Array(buffer);
  // what lies around the message must not matter
  bytes.fill(0xa5);
  bytes.set(message, 16);
  return {
    bytes,
    words: new Uint32Array(buffer),
    view: new DataView(buffer),
    at: 16,
    end: 16 + message.length,
    handles: [...handles],
    handleCount: handles.length,
    handleNext: 0,
  };
}

function methodOf(fields: field.Fields): CompiledMethod {
  return compiledOf(contract("sample", 1, { m: call(fields, {}) })).methods[0]!;
}

function encoded(
  method: CompiledMethod,
  value: unknown,
): { bytes: Uint8Array; handles: number[] } | string {
  const w = writer();
  const end = method.encode(w, value);
  if (end < 0) return w.problem;
  const expected = typeof method.handles === "number" ? method.handles : method.handles(value);
  if (expected !== w.handleCount) throw new Error("the handle count was announced wrongly");
  return { bytes: w.bytes.slice(16, end), handles: w.handles.slice(0, w.handleCount) };
}

test("what is encoded is decoded again, for random schemas", (t) => {
  fc.assert(
    fc.property(schemaAndValue, ({ fields, value }) => {
      const method = methodOf(fields);
      const message = encoded(method, value);
      if (typeof message === "string") throw new Error(message);
      t.deepEqual(method.decode(reader(message.bytes, message.handles)), { ...value });
    }),
    { numRuns: 250 },
  );
});

/** A schema's canonical form of a message: decoding and encoding again gives the same bytes. With times, which may be rounded, it is the same value. */
function isStable(
  method: CompiledMethod,
  bytes: Uint8Array,
  handles: number[],
  hasTimes = false,
): boolean {
  const value = method.decode(reader(bytes, handles));
  if (value === undefined) return true; // malformed, and said so
  const again = encoded(method, value);
  if (typeof again === "string") return false;
  // what is left over behind it is of fields that a newer peer has
  const same = Buffer.compare(again.bytes, bytes.subarray(0, again.bytes.length)) === 0;
  if (same || again.bytes.length > bytes.length) return true;
  return hasTimes && isDeepStrictEqual(method.decode(reader(again.bytes, again.handles)), value);
}

test("a truncated message is malformed, or ends where trailing optionals begin", (t) => {
  fc.assert(
    fc.property(schemaAndValue, ({ fields, value }) => {
      const method = methodOf(fields);
      const message = encoded(method, value);
      if (typeof message === "string") throw new Error(message);
      for (let length = 0; length < message.bytes.length; length++) {
        const got = method.decode(reader(message.bytes.slice(0, length), message.handles));
        if (got === undefined) continue;
        t.is(Object.values(fields).at(-1)!.type, "optional");
        t.true(isStable(method, message.bytes.slice(0, length), message.handles));
      }
    }),
    { numRuns: 80 },
  );
});

test("no bit flip makes the decoder throw, and what it accepts is a value of the schema", (t) => {
  fc.assert(
    fc.property(schemaAndValue, fc.integer({ min: 0, max: 7 }), ({ fields, value }, bit) => {
      const method = methodOf(fields);
      const message = encoded(method, value);
      if (typeof message === "string") throw new Error(message);
      const text = JSON.stringify(fields);
      const floats = text.includes('"f64"');
      const hasTimes = /"(time|duration)"/.test(text);
      for (let at = 4; at < message.bytes.length; at++) {
        const flipped = message.bytes.slice();
        flipped[at]! ^= 1 << bit;
        const stable = isStable(method, flipped, message.handles, hasTimes);
        if (!floats) t.true(stable, `byte ${at}`);
      }
    }),
    { numRuns: 80 },
  );
});

test("random bytes never make a decoder throw", (t) => {
  fc.assert(
    fc.property(
      schemaAndValue,
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
      ({ fields }, bytes, handles) => {
        methodOf(fields).decode(reader(bytes, handles));
      },
    ),
    { numRuns: 250 },
  );
  t.pass();
});

test("a handle too many or too few is malformed", (t) => {
  const method = methodOf({ a: field.handle("memory"), n: field.u8 });
  const bytes = new Uint8Array([1, 2, 3, 4, 7]);
  t.deepEqual(method.decode(reader(bytes, [5])), { a: 5, n: 7 });
  t.is(method.decode(reader(bytes, [])), undefined);
  t.is(method.decode(reader(bytes, [5, 6])), undefined);
  t.is(method.decode(reader(bytes, [0])), undefined);
});

test("values outside their types are refused with the field's name", (t) => {
  const cases: [field.Field<unknown>, unknown, RegExp][] = [
    [field.u8, 256, /m must be an integer from 0 to 255/],
    [field.u16, -1, /from 0 to 65535/],
    [field.u32, 2 ** 32, /from 0 to 4294967295/],
    [field.u32, 1.5, /integer/],
    [field.i8, -129, /-128/],
    [field.u64, -1, /0 to 2\^53-1/],
    [field.u64, 2 ** 53, /2\^53-1/],
    [field.time, 2 ** 63, /2\^63-1/],
    [field.duration, 0.5, /2\^63-1/],
    [field.i64, Number.NaN, /integer/],
    [field.bool, 1, /true or false/],
    [field.string, 5, /must be a string/],
    [field.string, "x".repeat(4096), /exceed 4,096 bytes/],
    [field.bytes, [1, 2], /Uint8Array/],
    [field.bytes, new Uint8Array(4091), /exceed 4,096 bytes/],
    [field.oneof("on", "off"), "maybe", /one of on, off/],
    [field.handle("memory"), 0, /handle number/],
    [field.array(field.u8), "abc", /array/],
    [field.array(field.u64), new Array(600).fill(1), /exceed 4,096 bytes/],
    [field.array(field.handle("any")), new Array(9).fill(1), /message carries 8/],
    [field.struct({ x: field.u8 }), 5, /object/],
    [field.struct({ x: field.u8 }), { x: "5" }, /m\.x must be an integer/],
  ];
  for (const [type, value, expected] of cases) {
    const result = encoded(methodOf({ m: type }), { m: value });
    t.regex(typeof result === "string" ? result : "accepted", expected);
  }
});

test("a full message of 4,096 bytes is accepted, one byte more is not", (t) => {
  const method = methodOf({ b: field.bytes });
  const most = encoded(method, { b: new Uint8Array(4090) });
  t.is(typeof most === "string" ? most : most.bytes.length, 4096);
  t.regex(String(encoded(method, { b: new Uint8Array(4091) })), /exceed/);
});

test("trailing optionals may be missing from an older peer's message, and are skipped in a newer peer's", (t) => {
  const older = methodOf({ a: field.u32, s: field.string });
  const newer = methodOf({
    a: field.u32,
    s: field.string,
    more: field.optional(field.u8),
    last: field.optional(field.string),
  });
  const message = encoded(older, { a: 7, s: "seven" });
  if (typeof message === "string") return t.fail(message);
  t.deepEqual(newer.decode(reader(message.bytes, [])), {
    a: 7,
    s: "seven",
    more: undefined,
    last: undefined,
  });
  t.is(older.hash, newer.hash);
  const more = encoded(newer, { a: 7, s: "seven", more: 9, last: "x" });
  if (typeof more === "string") return t.fail(more);
  t.deepEqual(older.decode(reader(more.bytes, [])), { a: 7, s: "seven" });
});

test("a secret is zeroed in the receiver's buffer", (t) => {
  const method = methodOf({ password: field.secret(field.string) });
  const message = encoded(method, { password: "swordfish" });
  if (typeof message === "string") return t.fail(message);
  const r = reader(message.bytes, []);
  t.deepEqual(method.decode(r), { password: "swordfish" });
  t.true(r.bytes.subarray(r.at, r.end).every((byte) => byte === 0));
  t.true(method.secret);
});
