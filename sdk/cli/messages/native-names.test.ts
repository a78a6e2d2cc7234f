// Native frames by name: addresses of a report, and where they lie.
import test from "ava";
import { describeExit } from "../../../servers/init/exit-report.ts";
import { addressesIn, namesAt } from "./native-names.ts";

const fault = {
  reason: 2,
  code: 0,
  vector: 14,
  error: 6,
  address: 0x1234,
  instruction: 0x1000_0105,
  stack: 0,
  registers: [],
  flags: 0,
  frames: [0x1000_0200, 0x1000_0210, 0x7777_0000],
  cpuTime: 0,
};
const symbols = [
  { name: "get32", address: 0x1000_0100n, code: true },
  { name: "JS_CallInternal", address: 0x1000_0200n, code: true },
  { name: "js_call_c_function", address: 0x1000_0180n, code: true },
  { name: "table", address: 0x1000_0104n, code: false },
];

test("the addresses of init's sentence, and none of others", (t) => {
  const all = [fault.instruction, ...fault.frames];
  t.deepEqual(addressesIn(describeExit(fault, undefined)), all);
  t.deepEqual(addressesIn(describeExit({ ...fault, frames: [] }, undefined)), [all[0]]);
  t.deepEqual(addressesIn(describeExit({ ...fault, vector: 6 }, undefined)), all);
  t.deepEqual(addressesIn("killed: by account dev (code 137)"), []);
});

test("a return address belongs to the function of its call; what lies beyond all code has no name", (t) => {
  const names = ["get32", "js_call_c_function", "JS_CallInternal", "?"];
  t.deepEqual(namesAt(symbols, addressesIn(describeExit(fault, undefined))), names);
  t.deepEqual(namesAt(symbols, [0]), ["?"]);
});
