// The global `uusi` of a run that is repeated (sdk/runtime/binding.ts): what the recorded run learned from outside comes from its record, what
// follows from it is done again. Invariant: a call that the record does not have next ends the repetition with a sentence.
import { createHash, pbkdf2Sync } from "node:crypto";
import { layouts, limits } from "../../abi/table.ts";
import type { Binding } from "../../runtime/binding.ts";
import { recordKinds } from "../../runtime/record-format.ts";
import { systemCalls } from "../../runtime/system-call.ts";
import type { Entry, RunRecord } from "./record.ts";

/** The run has come to its end; the stack says where. */
export class RunEnd extends Error {
  /** `false`: the repetition has gone another way than the recorded run */
  readonly same: boolean;

  constructor(sentence: string, same: boolean) {
    super(sentence);
    this.same = same;
  }
}

const WAIT_HEADER = layouts.wait.HEADER;
const names = Object.entries(systemCalls);
const callName = (number: number) => names.find(([, n]) => n === number)?.[0] ?? `call ${number}`;
const kindName = (kind: number) =>
  Object.entries(recordKinds).find(([, n]) => n === kind)?.[0] ?? String(kind);
const { TURN, FAILED, SYS, NUMBER, BYTES, RANDOM, KERNEL, KERNEL_64, TROUBLE } = recordKinds;

export interface Replay {
  readonly binding: Binding;
  /** Puts the next turn's events in place; their bytes, undefined when the record has no more turns. */
  nextTurn(): number | undefined;
  /** turns so far, and in all */
  readonly turns: { done: number; readonly all: number };
}

export function replayBinding({ entries, port, full }: RunRecord): Replay {
  const buffer = new ArrayBuffer(limits.BUFFER_BYTES);
  const area = new Uint8Array(buffer);
  let place = 0;
  let second = 0;
  const turns = { done: 0, all: entries.filter(({ kind }) => kind === TURN).length };

  /** The next entry, which must be of that kind. */
  const take = (kind: number, what: string): Entry => {
    const entry = entries[place];
    if (entry === undefined)
      throw new RunEnd(
        full ? `the record is full here, at ${what}` : `the process ended here, in ${what}`,
        true,
      );
    if (entry.kind !== kind)
      throw new RunEnd(
        `the recorded run had ${kindName(entry.kind)} where this one has ${what}`,
        false,
      );
    place++;
    return entry;
  };
  const number = (what: string) => take(NUMBER, what).bytes.readDoubleLE();

  const sys = (call: number, first = 0, ...rest: number[]): number => {
    // Before START is read nothing is recorded: the loop makes its port then.
    if (turns.done === 0) return call === systemCalls.port_create ? port : 0;
    if (call === systemCalls.process_exit) throw new RunEnd(`it exits with code ${first}`, true);
    const what = `${callName(call)}(${[first, ...rest].join(", ")})`;
    const { bytes } = take(SYS, what);
    const [was, its] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
    if (was !== call || its !== first >>> 0)
      throw new RunEnd(
        `the recorded run called ${callName(was)}(${its}) where this one calls ${what}`,
        false,
      );
    if (bytes.length > 24) area.set(bytes.subarray(24), limits.SCRATCH_OFFSET);
    second = bytes.readDoubleLE(8);
    return bytes.readDoubleLE(0);
  };

  const kernel = (
    _entry: number,
    _environment: number,
    _letters: number,
    trouble: (what: number) => never,
  ) => {
    return (...args: unknown[]): unknown => {
      const next = entries[place];
      if (next?.kind === TROUBLE) {
        place++;
        return trouble(next.bytes.readInt32LE());
      }
      const { kind, bytes } = take(next?.kind === KERNEL_64 ? KERNEL_64 : KERNEL, "a kernel");
      for (const each of args)
        if (ArrayBuffer.isView(each)) {
          const was = take(BYTES, "a kernel's array").bytes;
          new Uint8Array(each.buffer, each.byteOffset, each.byteLength).set(was);
        }
      return kind === KERNEL_64 ? bytes.readBigUInt64LE() : bytes.readDoubleLE();
    };
  };

  const binding: Binding = {
    sys,
    second: () => second,
    buffer,
    get8: (at) => number(`a read at 0x${at.toString(16)}`),
    get16: (at) => number(`a read at 0x${at.toString(16)}`),
    get32: (at) => number(`a read at 0x${at.toString(16)}`),
    get64: (at) => number(`a read at 0x${at.toString(16)}`),
    set8() {},
    set16() {},
    set32() {},
    set64() {},
    copyOut(address, to, at, length) {
      const { bytes } = take(BYTES, `a read of ${length} bytes at 0x${address.toString(16)}`);
      to.set(bytes.subarray(0, length), at);
    },
    copyIn() {},
    fill32() {},
    move() {},
    writeBack() {},
    sha256: (data) => new Uint8Array(createHash("sha256").update(data).digest()),
    pbkdf2: (password, salt, rounds) =>
      new Uint8Array(pbkdf2Sync(password, salt, rounds, 32, "sha256")),
    random(into) {
      const { bytes } = take(RANDOM, "random numbers");
      if (bytes.readUInt32LE() === 0) return false;
      into.set(bytes.subarray(4));
      return true;
    },
    reseed() {},
    encode(text, into, at) {
      if (typeof text !== "string") return -2;
      const bytes = Buffer.from(text.toWellFormed());
      if (at < 0 || at + bytes.length > into.length) return -1;
      into.set(bytes, at);
      return bytes.length;
    },
    decode(from, at, length) {
      try {
        const bytes = from.subarray(at, at + length);
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        return undefined;
      }
    },
    kernel: kernel as Binding["kernel"],
    kernelTier: "record",
    cycles: () => number("the time stamp"),
    cpuid: () => number("what the processor has"),
    heapUsed: () => number("the heap's size"),
    heapLimit: 0,
    collect: () => number("a collection"),
    probeEntry: 0,
    threadEntry: 0,
    spinEntry: 0,
    world: "replay",
    port: 0,
    deadline: -1,
  };
  return {
    binding,
    turns,
    nextTurn() {
      if (entries[place]?.kind === FAILED) area.set(entries[place++]!.bytes, limits.SUBMIT_OFFSET);
      const entry = entries[place];
      if (entry === undefined) return undefined;
      const { bytes } = take(TURN, "the end of a turn");
      area.set(bytes, limits.EVENT_OFFSET);
      turns.done++;
      return bytes.length - WAIT_HEADER;
    },
  };
}
