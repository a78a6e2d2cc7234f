// The table of names that are known without asking.
import test from "ava";
import { hosts } from "../hosts.ts";
import { findOverride, parseOverrides } from "./overrides.ts";

const table = parseOverrides(`
# a remark
10.0.0.5  printer.test  Printer   # another one
fd00::5   printer.test
10.0.0.6  printer.test printer.test
10.0.0.7
999.1.1.1 nobody.test
not-an-address nobody.test
10.0.0.8  a..b
`);

test("addresses by name, names by address, whatever the letters' case", (t) => {
  t.like(findOverride(table, "PRINTER.test.", 1), {
    outcome: "found",
    canonical: "printer.test",
    values: ["10.0.0.5", "10.0.0.6"],
  });
  t.deepEqual(findOverride(table, "printer.test", 28)?.values, ["fd00::5"]);
  t.deepEqual(findOverride(table, "printer", 1)?.values, ["10.0.0.5"]);
  t.deepEqual(findOverride(table, "5.0.0.10.in-addr.arpa", 12)?.values, [
    "printer.test",
    "printer",
  ]);
});

test("a name that stands there is not asked for, whatever the kind; others are", (t) => {
  t.like(findOverride(table, "printer.test", 15), { outcome: "no-data", values: [] });
  for (const name of ["nobody.test", "a..b", "printer.test.org", "a"]) {
    t.is(findOverride(table, name, 1), undefined);
  }
});

test("the table that netd is built with", (t) => {
  t.deepEqual(findOverride(parseOverrides(hosts), "leivos", 1)?.values, ["127.0.0.1"]);
});
