// The system object (facts and control) and the debug log, for those whose manifest grants them.
import { layouts, limits } from "../abi/table.ts";
import type { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { messageBuffer } from "./message-buffer.ts";
import { systemCalls } from "./system-call.ts";
import { systemFailure } from "../contract/system-failure.ts";

/** layouts.systemInfo as values. */
export interface SystemInfo {
  readonly totalPages: number;
  readonly freePages: number;
  readonly uptime: number;
  readonly cpus: number;
  readonly processes: number;
  readonly slabPages: number;
  readonly quarantinedPages: number;
  readonly hardwareSeed: boolean;
  /** ns that each processor ran user threads, `cpus` of them */
  readonly cpuBusy: readonly number[];
}

export function systemInfo(system: number): SystemInfo | Failure {
  const result = uusi.sys(systemCalls.system_info, system);
  if (result < 0) return systemFailure(result, "system information");
  const l = layouts.systemInfo;
  const { view } = messageBuffer;
  const cpus = view.getUint32(l.cpus, true);
  const cpuBusy: number[] = [];
  for (let i = 0; i < cpus && i < limits.CPUS; i++)
    cpuBusy.push(messageBuffer.get64(l.cpuBusy + i * 8));
  return {
    totalPages: messageBuffer.get64(l.totalPages),
    freePages: messageBuffer.get64(l.freePages),
    uptime: messageBuffer.get64(l.uptime),
    cpus,
    processes: view.getUint32(l.processes, true),
    slabPages: messageBuffer.get64(l.slabPages),
    quarantinedPages: messageBuffer.get64(l.quarantinedPages),
    hardwareSeed: view.getUint32(l.hardwareSeed, true) === 1,
    cpuBusy,
  };
}

/** `operation`: controls.*; returns only when it did not end the machine. */
export function systemControl(system: number, operation: number, within = 0): Failure | undefined {
  const result = uusi.sys(systemCalls.system_control, system, operation, within);
  return result < 0 ? systemFailure(result, "system control") : undefined;
}

/** Appends text to the nucleus's log; `quiet` text is not for the terminal, which the log shares until the console is there. */
export function writeLog(log: number, text: string, quiet = false): void {
  let rest = text;
  while (rest.length > 0) {
    // 1,024 UTF-16 units are at most 3,072 bytes; a pair of surrogates is not cut
    let cut = Math.min(rest.length, 1024);
    const last = rest.charCodeAt(cut - 1);
    if (cut < rest.length && last >= 0xd800 && last < 0xdc00) cut--;
    const bytes = uusi.encode(rest.slice(0, cut), messageBuffer.bytes, limits.SCRATCH_OFFSET);
    uusi.sys(systemCalls.log_write, log, bytes, quiet ? 1 : 0);
    rest = rest.slice(cut);
  }
}

/** Log text from `position` on; `next` is the position after it. Bytes, since a cut may fall inside a character. */
export function readLog(log: number, position: number): { bytes: Uint8Array; next: number } {
  const length = uusi.sys(systemCalls.log_read, log, position);
  if (length < 0) return { bytes: new Uint8Array(0), next: position };
  const next = uusi.second();
  return { bytes: messageBuffer.bytes.slice(0, length), next };
}
