// The nucleus's report on the end of a process (layouts.exitReport), as a value and as one line of the log.
// Invariant: any bytes give a report or undefined; nothing in them is trusted beyond its width.
import { exits, layouts } from "../../sdk/abi/table.ts";

/** Who ended, why, where. Addresses are numbers of up to 47 bits. */
export interface ExitReport {
  readonly reason: "exited" | "killed" | "fault";
  readonly code: number;
  readonly vector: number;
  readonly error: number;
  readonly address: number;
  readonly instruction: number;
  readonly frames: number[];
  /** Nanoseconds of processor time. */
  readonly cpuTime: number;
}

const at = layouts.exitReport;

/** Reads a report of `layouts.exitReport.SIZE` bytes at `offset`. */
export function parseExitReport(
  view: DataView,
  offset: number,
  length: number,
): ExitReport | undefined {
  if (length < at.SIZE) return undefined;
  const word = (field: number) => view.getUint32(offset + field, true);
  const long = (field: number) => word(field) + (word(field + 4) & 0x1fffff) * 0x1_0000_0000;
  const frames: number[] = [];
  for (let index = 0; index < 8; index += 1) {
    const frame = long(at.frames + index * 8);
    if (frame === 0) break;
    frames.push(frame);
  }
  const reason = word(at.reason);
  return {
    reason: reason === exits.FAULT ? "fault" : reason === exits.KILLED ? "killed" : "exited",
    code: view.getInt32(offset + at.code, true),
    vector: word(at.vector),
    error: word(at.error),
    address: long(at.address),
    instruction: long(at.instruction),
    frames,
    cpuTime: long(at.cpuTime),
  };
}

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

/** One sentence without the server's name: why and where. `killer` is init's own reason for a kill. */
export function describeExit(report: ExitReport, killer: string | undefined): string {
  if (report.reason === "killed")
    return `killed: ${killer ?? "by a holder of its process handle"} (code ${report.code})`;
  if (report.reason === "exited")
    return report.code === 0 ? "exited" : `exited with code ${report.code}`;
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
