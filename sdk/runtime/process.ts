// Other processes: made, mapped into, started, watched, ended. For the holder of a process factory, that is `init`.
import { layouts, limits, registerNames } from "../abi/table.ts";
import type { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { Handle } from "./handle.ts";
import { addSource, removeSource } from "./loop.ts";
import type { Memory } from "./memory.ts";
import { messageBuffer } from "./message-buffer.ts";
import { systemCalls } from "./system-call.ts";
import { systemFailure } from "../contract/system-failure.ts";

/** How a process ended (layouts.exitReport). */
export interface ExitReport {
  readonly reason: number;
  readonly code: number;
  readonly vector: number;
  readonly error: number;
  readonly address: number;
  readonly instruction: number;
  readonly stack: number;
  /** at a fault, in hexadecimal, in the order of `registerNames` */
  readonly registers: readonly string[];
  readonly flags: number;
  readonly frames: readonly number[];
  readonly cpuTime: number;
}

/** layouts.processInfo as values; times in ns, sizes in bytes. */
export interface ProcessInfo {
  readonly state: number;
  readonly threads: number;
  readonly handles: number;
  readonly weight: number;
  readonly cpuTime: number;
  readonly budgetUsed: number;
  readonly budgetLimit: number;
  readonly id: number;
  readonly queued: number;
  readonly name: string;
}

export class Process extends Handle {
  #slot = -1;

  /** A process without threads. `factory` and `budget` are handle numbers with USE. */
  static create(factory: number, budget: number, weight: number, name: string): Process | Failure {
    const length = uusi.encode(name, messageBuffer.bytes, limits.SCRATCH_OFFSET);
    const result = uusi.sys(systemCalls.process_create, factory, budget, weight, length);
    return result < 0 ? systemFailure(result, `creating process ${name}`) : new Process(result);
  }

  /** Maps memory into the process at `address`; 0, or a failure. */
  map(
    memory: Memory,
    address: number,
    offset: number,
    bytes: number,
    protection: number,
  ): number | Failure {
    const result = uusi.sys(
      systemCalls.memory_map,
      this.number,
      memory.number,
      address,
      offset,
      bytes,
      protection,
    );
    return result < 0 ? systemFailure(result, "mapping into a process") : result;
  }

  /** Moves a handle into the process's vault; returns its number there. */
  give(handle: number, rights: number): number | Failure {
    const result = uusi.sys(systemCalls.handle_give, this.number, handle, rights);
    return result < 0 ? systemFailure(result, "giving a handle") : result;
  }

  /** Starts the first thread with a START event that carries `payload`. */
  start(entry: number, stack: number, payload: Uint8Array): Failure | undefined {
    const result = startProcess(this.number, entry, stack, payload);
    return result < 0 ? systemFailure(result, "starting a process") : undefined;
  }

  /** Called once when the process has ended and is torn down. */
  onExit(handler: (report: ExitReport) => void): void {
    this.#slot = addSource(this.number, {
      event: (_type, at) => handler(readExitReport(at)),
    });
  }

  /** Binds its end to another port; with the loop's own port it is as before. */
  bindTo(port: number): void {
    if (this.#slot >= 0) uusi.sys(systemCalls.bind, this.number, port, this.#slot);
  }

  kill(code: number): void {
    uusi.sys(systemCalls.process_kill, this.number, code);
  }

  info(): ProcessInfo | Failure {
    const result = uusi.sys(systemCalls.process_info, this.number);
    return result < 0 ? systemFailure(result, "asking about a process") : readProcessInfo();
  }

  override close(): void {
    if (this.#slot >= 0) removeSource(this.#slot);
    this.#slot = -1;
    super.close();
  }
}

/** What this process itself uses. */
export function ownInfo(): ProcessInfo {
  uusi.sys(systemCalls.process_info, 0);
  return readProcessInfo();
}

function readProcessInfo(): ProcessInfo {
  const l = layouts.processInfo;
  const { view, bytes } = messageBuffer;
  let end = l.name;
  while (end < l.SIZE && bytes[end] !== 0) end++;
  return {
    state: view.getUint32(l.state, true),
    threads: view.getUint32(l.threads, true),
    handles: view.getUint32(l.handles, true),
    weight: view.getUint32(l.weight, true),
    cpuTime: messageBuffer.get64(l.cpuTime),
    budgetUsed: messageBuffer.get64(l.budgetUsed),
    budgetLimit: messageBuffer.get64(l.budgetLimit),
    id: view.getUint32(l.id, true),
    queued: view.getUint32(l.queued, true),
    name: uusi.decode(bytes, l.name, end - l.name) ?? "?",
  };
}

/** A register as it is; some hold what no number of this language does. */
function hexAt(at: number): string {
  const { view } = messageBuffer;
  const high = view.getUint32(at + 4, true);
  const low = view.getUint32(at, true).toString(16);
  return high === 0 ? low : high.toString(16) + low.padStart(8, "0");
}

function readExitReport(at: number): ExitReport {
  const l = layouts.exitReport;
  const { view } = messageBuffer;
  const frames: number[] = [];
  for (let i = 0; i < 8; i++) {
    const frame = messageBuffer.get64(at + l.frames + i * 8);
    if (frame !== 0) frames.push(frame);
  }
  return {
    reason: view.getUint32(at + l.reason, true),
    code: view.getInt32(at + l.code, true),
    vector: view.getUint32(at + l.vector, true),
    error: view.getUint32(at + l.error, true),
    address: messageBuffer.get64(at + l.address),
    instruction: messageBuffer.get64(at + l.instruction),
    stack: messageBuffer.get64(at + l.stack),
    registers: registerNames.map((_, i) => hexAt(at + l.registers + i * 8)),
    flags: messageBuffer.get64(at + l.flags),
    frames,
    cpuTime: messageBuffer.get64(at + l.cpuTime),
  };
}

// The START event travels as one entry at the begin of the submit area; what the outbox holds there is put back afterwards.
function startProcess(process: number, entry: number, stack: number, payload: Uint8Array): number {
  const l = layouts.submission;
  const size = l.HEADER + Math.ceil(payload.length / 8) * 8;
  const at = limits.SUBMIT_OFFSET;
  const { bytes, view } = messageBuffer;
  const kept = bytes.slice(at, at + size);
  bytes.fill(0, at, at + size);
  view.setUint32(at + l.size, size, true);
  view.setUint32(at + l.length, payload.length, true);
  bytes.set(payload, at + l.HEADER);
  const result = uusi.sys(systemCalls.process_start, process, entry, stack, size);
  bytes.set(kept, at);
  return result;
}
