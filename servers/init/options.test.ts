import test from "ava";
import { parseOptions } from "./options.ts";

test("defaults, values, lists, foreign keys", (t) => {
  t.deepEqual(parseOptions(""), {
    netdWait: 1.5e9,
    without: [],
    safe: false,
    problems: [],
  });
  t.deepEqual(parseOptions("smoke=0\nnetd_wait=5000\r\nwithout=netd, pci\nsafe=1\nnonsense\n"), {
    netdWait: 5e9,
    without: ["netd", "pci"],
    safe: true,
    problems: [],
  });
});

test("bad values are reported and leave the default", (t) => {
  for (const value of ["-1", "1e3", "600001", "soon", ""]) {
    const options = parseOptions(`netd_wait=${value}`);
    t.is(options.netdWait, 1.5e9);
    t.is(options.problems.length, 1);
  }
  const { safe, problems } = parseOptions("safe=yes");
  t.deepEqual([safe, problems.length], [false, 1]);
});
