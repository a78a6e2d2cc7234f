// The nucleus's report on the end of a process as one sentence of the log: why and where.
// Invariant: any numbers give a sentence; it never holds the server's name, which the log line puts in front.
import { exits, registerNames } from "../../sdk/abi/table.ts";
import type { ExitReport } from "../../sdk/runtime/process.ts";

/** Processor exceptions that a user program can raise (Intel SDM volume 3, table 6-1). */
const vectors: { readonly [vector: number]: string | undefined } = {
  0: "divided by zero",
  1: "debug trap",
  3: "breakpoint",
  4: "overflow trap",
  6: "executed an invalid instruction",
  12: "stack-segment fault",
  13: "broke a protection rule of the processor",
  14: "touched memory that it may not",
  16: "floating-point error",
  17: "misaligned access",
  19: "floating-point error",
};

const hex = (value: number) => "0x" + value.toString(16);

/** Why and where. `killer` is init's own reason for a kill, if it was init. */
export function describeExit(report: ExitReport, killer: string | undefined): string {
  if (report.reason === exits.KILLED)
    return `killed: ${killer ?? "by a holder of its process handle"} (code ${report.code})`;
  if (report.reason !== exits.FAULT) {
    const told = killer === undefined ? "" : `, told to end: ${killer}`;
    return `exited${report.code === 0 ? "" : ` with code ${report.code}`}${told}`;
  }
  const what = vectors[report.vector] ?? `raised exception ${report.vector}`;
  let where = ` at instruction ${hex(report.instruction)}`;
  if (report.vector === 14) {
    const access =
      (report.error & 16) !== 0 ? "execute" : (report.error & 2) !== 0 ? "write" : "read";
    where = `: ${access} of ${hex(report.address)}${where}`;
  }
  const path = report.frames.length > 0 ? `, called from ${report.frames.map(hex).join(" ")}` : "";
  return `fault: it ${what}${where}${path}`;
}

/** The registers at a fault as one line; undefined where there was none. */
export function describeRegisters(report: ExitReport): string | undefined {
  if (report.reason !== exits.FAULT) return undefined;
  const all = registerNames.map((name, i) => `${name}=${report.registers[i]}`);
  return `${all.join(" ")} rsp=${report.stack.toString(16)} flags=${report.flags.toString(16)}`;
}
