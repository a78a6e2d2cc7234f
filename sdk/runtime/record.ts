// Records a run (record-format.ts), on development images, of a server that `uusi restart NAME --record` started: every function of the binding
// that tells something of the world outside is wrapped. Invariant: what the code sees is what it would see without a record.
import { layouts, limits, protections } from "../abi/table.ts";
import { type Binding, uusi } from "./binding.ts";
import { beforeTurns } from "./loop.ts";
import { messageBuffer } from "./message-buffer.ts";
import { ENTRY_HEAD, RECORD_BYTES, recordHead, recordKinds } from "./record-format.ts";
import { systemCalls } from "./system-call.ts";

type Mutable = { -readonly [K in keyof Binding]: Binding[K] };
type AnyFunction = (...args: never[]) => unknown;

/** System calls that answer in scratch. */
const inScratch: readonly number[] = [
  systemCalls.process_info,
  systemCalls.log_read,
  systemCalls.system_info,
];

/** Records from the present turn on, into memory that init keeps. Nothing happens in a run that is a repetition itself. */
export function recordRun(handle: number): void {
  if (uusi.world === "replay") return;
  // The functions of the engine's C are no enumerable properties.
  const raw = Object.create(null, Object.getOwnPropertyDescriptors(uusi)) as Binding;
  const both = protections.READ | protections.WRITE;
  const base = raw.sys(systemCalls.memory_map, 0, handle, 0, 0, RECORD_BYTES, both);
  if (base < 0) return;
  const staged = new Uint8Array(ENTRY_HEAD + 32);
  const view = new DataView(staged.buffer);
  let used: number = recordHead.FIRST;
  let full = false;

  /** One entry: `head` bytes that are staged behind ENTRY_HEAD, then `length` bytes of `from`. */
  const note = (kind: number, head: number, from?: Uint8Array, at = 0, length = 0): void => {
    const bytes = head + length;
    if (full || used + ENTRY_HEAD + bytes + 8 > RECORD_BYTES) {
      full = true;
      raw.set32(base + recordHead.FULL, 1);
      return;
    }
    view.setUint32(0, kind, true);
    view.setUint32(4, bytes, true);
    raw.copyIn(base + used, staged, 0, ENTRY_HEAD + head);
    if (from !== undefined) raw.copyIn(base + used + ENTRY_HEAD + head, from, at, length);
    used += (ENTRY_HEAD + bytes + 7) & ~7;
    raw.set32(base + recordHead.USED, used);
  };
  const noteNumber = (value: number): number => {
    view.setFloat64(ENTRY_HEAD, value, true);
    note(recordKinds.NUMBER, 8);
    return value;
  };
  const noteTurn = (bytes: number): void => {
    const wait = limits.EVENT_OFFSET >> 2;
    if (messageBuffer.words[wait + layouts.wait.failed / 4]! !== 0)
      note(recordKinds.FAILED, 0, messageBuffer.bytes, limits.SUBMIT_OFFSET, limits.SUBMIT_BYTES);
    const length = layouts.wait.HEADER + bytes;
    note(recordKinds.TURN, 0, messageBuffer.bytes, limits.EVENT_OFFSET, length);
  };

  raw.set32(base + recordHead.PORT, raw.port);
  raw.set32(base + recordHead.USED, used);
  // The turn that brought START goes on.
  noteTurn(messageBuffer.words[(limits.EVENT_OFFSET + layouts.wait.bytes) >> 2]!);
  beforeTurns(noteTurn);

  const own = uusi as Mutable;
  own.sys = (number, a0, a1, a2, a3, a4, a5) => {
    const result = raw.sys(number, a0, a1, a2, a3, a4, a5);
    view.setFloat64(ENTRY_HEAD, result, true);
    view.setFloat64(ENTRY_HEAD + 8, raw.second(), true);
    view.setUint32(ENTRY_HEAD + 16, number, true);
    view.setUint32(ENTRY_HEAD + 20, a0 ?? 0, true);
    const scratch = inScratch.includes(number) ? limits.SCRATCH_BYTES : 0;
    note(recordKinds.SYS, 24, messageBuffer.bytes, limits.SCRATCH_OFFSET, scratch);
    return result;
  };
  own.get8 = (at) => noteNumber(raw.get8(at));
  own.get16 = (at) => noteNumber(raw.get16(at));
  own.get32 = (at) => noteNumber(raw.get32(at));
  own.get64 = (at) => noteNumber(raw.get64(at));
  own.cycles = () => noteNumber(raw.cycles());
  own.cpuid = (leaf, register) => noteNumber(raw.cpuid?.(leaf, register) ?? -1);
  own.heapUsed = () => noteNumber(raw.heapUsed());
  own.collect = () => noteNumber(raw.collect());
  own.copyOut = (address, to, at, length) => {
    raw.copyOut(address, to, at, length);
    note(recordKinds.BYTES, 0, to, at, length);
  };
  own.random = (into) => {
    const seeded = raw.random(into);
    view.setUint32(ENTRY_HEAD, seeded ? 1 : 0, true);
    note(recordKinds.RANDOM, 4, into, 0, seeded ? into.length : 0);
    return seeded;
  };
  own.kernel = (entry, environment, letters, trouble) => {
    const run = raw.kernel(entry, environment, letters, (what) => {
      view.setInt32(ENTRY_HEAD, what, true);
      note(recordKinds.TROUBLE, 4);
      return trouble(what);
    }) as AnyFunction;
    return (...args: never[]) => {
      const result = run(...args);
      if (typeof result === "bigint") {
        view.setBigUint64(ENTRY_HEAD, BigInt.asUintN(64, result), true);
        note(recordKinds.KERNEL_64, 8);
      } else {
        view.setFloat64(ENTRY_HEAD, typeof result === "number" ? result : 0, true);
        note(recordKinds.KERNEL, 8);
      }
      for (const each of args as unknown[])
        if (ArrayBuffer.isView(each)) {
          const bytes = new Uint8Array(each.buffer, each.byteOffset, each.byteLength);
          note(recordKinds.BYTES, 0, bytes, 0, bytes.length);
        }
      return result;
    };
  };
}
