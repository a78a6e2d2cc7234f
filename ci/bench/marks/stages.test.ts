// Marks from a serial line in pieces, and the stages that come of them.
import test from "ava";
import fc from "fast-check";
import { MarkReader } from "./marks.ts";
import { type Point, stages } from "./stages.ts";

const at = (count: number) => `@${count.toString(16).padStart(16, "0")}`;
const lines = [
  `x ${at(1)} y`,
  `${at(5000)} loader`,
  `${at(6000)} hand-over`,
  "[ok]",
  `${at(7000)} first`,
];
const text = [...lines, `${at(9000)} login:`].join("\r\n");
const points: Point[] = [
  { name: "loader", mark: /^loader/, live: false },
  { name: "hand-over", mark: /^hand-over/, live: false },
  { name: "first", mark: /^first/, live: true },
  { name: "login", mark: /^login/, live: true },
];

test("marks are the same however the text is cut", (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const reader = new MarkReader();
      const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
      ends.slice(1).forEach((end, i) => {
        reader.push(text.slice(ends[i], end), 1);
      });
      reader.end();
      t.deepEqual(
        reader.marks.map(({ count, text }) => `${count} ${text}`),
        ["5000 loader", "6000 hand-over", "7000 first", "9000 login:"],
      );
    }),
  );
});

test("a mark arrives with its line's first byte", (t) => {
  const reader = new MarkReader();
  reader.push(`x\n${at(12).slice(0, 9)}`, 10);
  reader.push(`${at(12).slice(9)} late\n`, 20);
  t.deepEqual(reader.marks, [{ count: 12n, text: "late", arrived: 10 }]);
});

test("times come from the counter, at the rate of the marks that are live", (t) => {
  const marks = [
    { count: 5000n, text: "loader", arrived: 108 },
    { count: 6000n, text: "hand-over", arrived: 108 },
    { count: 7000n, text: "first", arrived: 110 },
    { count: 9000n, text: "login:", arrived: 130 },
  ];
  t.deepEqual(stages(points, marks, 50), [
    { name: "firmware, up to loader", milliseconds: 40, count: 5000 },
    { name: "loader to hand-over", milliseconds: 10, count: 1000 },
    { name: "hand-over to first", milliseconds: 10, count: 1000 },
    { name: "first to login", milliseconds: 20, count: 2000 },
    { name: "loader to login", milliseconds: 40, count: 4000 },
  ]);
});

test("a mark that is missing costs its own stages", (t) => {
  const marks = [
    { count: 7000n, text: "first", arrived: 110 },
    { count: 9000n, text: "login:", arrived: 130 },
  ];
  const found = stages(points, marks, 50).map(({ milliseconds }) => milliseconds);
  t.deepEqual(found, [undefined, undefined, undefined, 20, undefined]);
});
