import test from "ava";
import fc from "fast-check";
import { textTable } from "./text-table.ts";
import { formatBytes, formatDate, formatSpan } from "./units.ts";

test("columns are aligned", (t) => {
  t.is(
    textTable(
      ["NAME", "USED"],
      [
        ["netd", "1.5 MiB"],
        ["virtio-net", "900 KiB"],
      ],
      [1],
    ),
    "NAME           USED\nnetd        1.5 MiB\nvirtio-net  900 KiB\n",
  );
  t.is(textTable(["A"], []), "A\n");
});

test("bytes and spans", (t) => {
  t.deepEqual(
    [0, 1023, 1024, 1536, 1048575, 3_166_000_000, 8 * 2 ** 30, 150 * 2 ** 20].map(formatBytes),
    ["0 B", "1023 B", "1 KiB", "1.5 KiB", "1023 KiB", "2.9 GiB", "8 GiB", "150 MiB"],
  );
  t.deepEqual([999, 12e6, 3.49e9, 125e9, 11_520e9, 187_200e9].map(formatSpan), [
    "0 us",
    "12 ms",
    "3.4 s",
    "2 min 5 s",
    "3 h 12 min",
    "2 d 4 h",
  ]);
});

test("dates agree with the host's calendar", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7e9 }), (seconds) => {
      const expected = new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
      t.is(formatDate(seconds), `${expected} UTC`);
    }),
  );
});
