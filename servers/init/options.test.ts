import test from "ava";
import { parseOptions } from "./options.ts";

test("defaults, values, lists, foreign keys", (t) => {
  t.deepEqual(parseOptions(""), { netdWait: 1.5e9, without: [], problems: [] });
  t.deepEqual(parseOptions("smoke=0\nnetd_wait=5000\r\nwithout=netd, pci\nnonsense\n"), {
    netdWait: 5e9,
    without: ["netd", "pci"],
    problems: [],
  });
});

test("bad values are reported and leave the default", (t) => {
  for (const value of ["-1", "1e3", "600001", "soon", ""]) {
    const options = parseOptions(`netd_wait=${value}`);
    t.is(options.netdWait, 1.5e9);
    t.is(options.problems.length, 1);
  }
});
