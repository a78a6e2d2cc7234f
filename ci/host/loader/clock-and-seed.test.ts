// The clock that the loader reads from the firmware, and the seed option that replaces it.
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { buildSanitized, records } from "../sanitized.ts";

const program = buildSanitized([
  "ci/host/loader/clock-and-seed.c",
  "nucleus/boot/entropy.c",
  "sdk/runtime/engine/sha256.c",
]);
test.after.always(() => program.close());

const lines = (parts: readonly Uint8Array[]) =>
  program.run([], records(parts)).toString().trimEnd().split("\n");

/** struct efi_time (UEFI 8.3) behind the letter that names the question. */
function time(date: Date, zone: number, change?: (fields: Buffer) => void): Buffer {
  const fields = Buffer.alloc(17);
  fields.write("T");
  fields.writeUInt16LE(date.getUTCFullYear(), 1);
  fields[3] = date.getUTCMonth() + 1;
  fields[4] = date.getUTCDate();
  fields[5] = date.getUTCHours();
  fields[6] = date.getUTCMinutes();
  fields[7] = date.getUTCSeconds();
  fields.writeInt16LE(zone, 13);
  change?.(fields);
  return fields;
}

test("every time from 1971 to 9998 in every zone is the host's", (t) => {
  const first = Date.UTC(1971, 0) / 1000;
  const last = Date.UTC(9998, 11, 31) / 1000;
  const asked = fc.sample(
    fc.tuple(fc.integer({ min: first, max: last }), fc.integer({ min: -1440, max: 1440 })),
    { numRuns: 5000, seed: 1 },
  );
  const found = lines(asked.map(([seconds, zone]) => time(new Date(seconds * 1000), zone)));
  // UTC = local time + zone.
  t.deepEqual(
    found,
    asked.map(([seconds, zone]) => String(seconds + zone * 60)),
  );
});

test("each day around the ends of months and leap years", (t) => {
  const days = [1970, 1999, 2000, 2023, 2024, 2100].flatMap((year) =>
    Array.from({ length: 366 }, (_, day) => Date.UTC(year, 0, 1 + day)),
  );
  const found = lines(days.map((day) => time(new Date(day), 0x7ff)));
  t.deepEqual(
    found,
    days.map((day) => String(day / 1000)),
  );
});

test("a time that is none gives 0, unknown", (t) => {
  const date = new Date(Date.UTC(2026, 5, 15));
  const broken = [
    (fields: Buffer) => fields.writeUInt16LE(1969, 1),
    (fields: Buffer) => fields.writeUInt8(0, 3),
    (fields: Buffer) => fields.writeUInt8(13, 3),
  ];
  const found = lines(broken.map((change) => time(date, 0, (fields) => void change(fields))));
  t.deepEqual(found, ["0", "0", "0"]);
});

test("the seed option fixes entropy and clock, wherever its line stands", (t) => {
  const start = String(Date.UTC(2026, 0, 1) / 1000);
  const seeded = (text: string) => {
    const digest = createHash("sha256").update(text).digest("hex");
    return `8 ${digest} ${start}`;
  };
  const cases: [string, string][] = [
    ["", "0  0"],
    ["seed=", "0  0"],
    ["smoke=1\n", "0  0"],
    ["noseed=1\n", "0  0"],
    ["seed=42", seeded("42")],
    ["seed=42\n", seeded("42")],
    ["smoke=1\r\nseed=9 lives\r\nx=y\r\n", seeded("9 lives")],
    ["seed=1\nseed=2\n", seeded("1")],
    ["\n\nseed=\u00e4", seeded("\u00e4")],
    ["see", "0  0"],
  ];
  t.deepEqual(
    lines(cases.map(([text]) => Buffer.from(`O${text}`))),
    cases.map(([, expected]) => expected),
  );
});
