import test from "ava";
import { registerNames } from "../../sdk/abi/table.ts";
import type { ExitReport } from "../../sdk/runtime/process.ts";
import { describeExit, describeRegisters } from "./exit-report.ts";

const report = (fields: Partial<ExitReport>): ExitReport => ({
  reason: 0,
  code: 0,
  vector: 0,
  error: 0,
  address: 0,
  instruction: 0,
  stack: 0,
  registers: [],
  flags: 0,
  frames: [],
  cpuTime: 0,
  ...fields,
});

test("a page fault names access, address, instruction and callers", (t) => {
  const fault = report({
    reason: 2,
    vector: 14,
    error: 6,
    address: 0x6fff_ffff_e000,
    instruction: 0x1000_1234,
    frames: [0x1000_2000],
  });
  t.is(
    describeExit(fault, undefined),
    "fault: it touched memory that it may not: write of 0x6fffffffe000 at instruction 0x10001234, called from 0x10002000",
  );
  t.regex(describeExit(report({ reason: 2, vector: 6 }), undefined), /invalid instruction at/);
  t.regex(describeExit(report({ reason: 2, vector: 77 }), undefined), /exception 77/);
});

test("a fault has a line of registers, other ends have none", (t) => {
  const registers = registerNames.map((_, i) => (i === 14 ? "ffff800000000123" : i.toString(16)));
  t.is(
    describeRegisters(report({ reason: 2, stack: 0x7000, registers, flags: 0x246 })),
    "rdi=0 rsi=1 rdx=2 r10=3 r8=4 r9=5 r15=6 r14=7 r13=8 r12=9 r11=a rbp=b rcx=c rbx=d rax=ffff800000000123 rsp=7000 flags=246",
  );
  t.is(describeRegisters(report({ reason: 1 })), undefined);
});

test("exits and kills", (t) => {
  t.is(describeExit(report({}), undefined), "exited");
  t.is(describeExit(report({ code: 70 }), undefined), "exited with code 70");
  t.is(
    describeExit(report({ reason: 1 }), "restart was asked for"),
    "killed: restart was asked for (code 0)",
  );
});
