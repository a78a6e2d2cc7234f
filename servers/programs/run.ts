// One run of a program: its output for whoever asks, its input, its end. Who waits is parked, so that a run moves to new code.
// Invariant: output that nobody fetches makes the program wait, and the last step is given once.
import { Failure } from "../../sdk/contract/failure.ts";
import {
  bool,
  bytes,
  handle,
  i64,
  oneof,
  optional,
  string,
  struct,
  u32,
  type Values,
} from "../../sdk/contract/field.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { answer, PARKED, park, parked } from "../../sdk/hot/park.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import type { ExitReport } from "../../sdk/runtime/process.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { exits } from "../../sdk/abi/table.ts";
import { traps } from "../../tape/bytecode/op-table.ts";
import type { Executable } from "../../tape/pe/read.ts";
import { traceOf, trapOutcome } from "../../tape/pe/trace-table.ts";
import { processAddresses } from "../../tape/pe/process.ts";
import { bytesOf, decodeLossy, toByteString } from "../../tape/source/utf8.ts";
import { Programs } from "./contract.ts";
import { type Launch, NativeProcess } from "./native-process.ts";
import { NativeProcess as Terminal } from "./process.contract.ts";

/** Characters that may wait. */
const ROOM = 8_192;
/** UTF-16 units of a step: at most 3,600 bytes. */
const STEP = 1_200;
/** Time that a program has to end by itself when it is stopped. */
const PATIENCE = 500e6;
/** Lines of a trace that are shown. */
const TRACE = 16;

export type State = "running" | "reading" | "done" | "trapped" | "stopped";

/** A run as it moves to new code. `program`: its name in the image. */
export const savedRun = {
  program: string,
  process: handle("process"),
  block: handle("memory"),
  output: string,
  rest: bytes,
  state: oneof("running", "reading", "done", "trapped", "stopped"),
  code: i64,
  stopped: bool,
  asked: optional(struct({ reply: parked, first: bool })),
  room: optional(parked),
  typed: bytes,
  typedAll: bool,
  wanted: optional(struct({ reply: parked, most: u32 })),
};
export type SavedRun = Values<typeof savedRun>;

export class Run {
  readonly #native: NativeProcess;
  readonly #exe: Executable;
  #output = "";
  /** Bytes of a character whose end has not come. */
  #rest: Uint8Array = new Uint8Array(0);
  #state: State = "running";
  #code = 0;
  #stopped = false;
  /** the call that waits for a step; `first`: it is `run`, else `more` */
  #asked: { readonly reply: HandleNumber; readonly first: boolean } | undefined;
  #room: HandleNumber | undefined;
  readonly #typed: number[] = [];
  #typedAll = false;
  #wanted: { readonly reply: HandleNumber; readonly most: number } | undefined;
  /** its name in the image, "" for one from elsewhere */
  readonly program: string;
  /** this side of the channel to its process */
  channel: { close(): void } | undefined;

  private constructor(native: NativeProcess, exe: Executable, program: string) {
    this.#native = native;
    this.#exe = exe;
    this.program = program;
    native.onExit((report) => this.#exited(report));
  }

  /** And this side of the channel to its process. */
  static start(
    launch: Launch,
    program: string,
  ): { readonly run: Run; readonly channel: Endpoint } | Failure {
    const started = NativeProcess.start(launch);
    if (started instanceof Failure) return started;
    const { native, channel } = started;
    return { run: new Run(native, launch.program.exe, program), channel };
  }

  save(): SavedRun {
    return {
      program: this.program,
      process: this.#native.process.number,
      block: this.#native.memory.number,
      output: this.#output,
      rest: this.#rest,
      state: this.#state,
      code: this.#code,
      stopped: this.#stopped,
      asked: this.#asked,
      room: this.#room,
      typed: Uint8Array.from(this.#typed),
      typedAll: this.#typedAll,
      wanted: this.#wanted,
    };
  }

  /** Goes on with a run of the code before. */
  static load(saved: SavedRun, exe: Executable): Run {
    const { program, process, block, output, rest, state, code, stopped } = saved;
    const run = new Run(NativeProcess.resume(process, block), exe, program);
    run.#output = output;
    run.#rest = rest;
    run.#state = state;
    run.#code = code;
    run.#stopped = stopped;
    run.#asked = saved.asked;
    run.#room = saved.room;
    for (const byte of saved.typed) run.#typed.push(byte);
    run.#typedAll = saved.typedAll;
    run.#wanted = saved.wanted;
    if (stopped) run.#killLater();
    return run;
  }

  get ended(): boolean {
    return this.#state !== "running";
  }

  // ---- for the client

  /** A call that waits for the next step; takes its reply object. */
  step(reply: HandleNumber, first: boolean): void {
    if (this.#asked !== undefined) this.#reply({ output: "", state: "running", code: 0 });
    this.#asked = { reply, first };
    this.#answer();
  }

  #reply(step: { output: string; state: State; code: number }): void {
    const { reply, first } = this.#asked!;
    this.#asked = undefined;
    answer(Programs, first ? "run" : "more", reply, step);
  }

  input(text: string): void {
    for (const byte of bytesOf(toByteString(text))) this.#typed.push(byte);
    if (!text.endsWith("\n")) this.#typedAll = true;
    this.#feed();
  }

  #feed(): void {
    if (this.#wanted === undefined) return;
    const { reply, most } = this.#wanted;
    this.#wanted = undefined;
    answer(Terminal, "read", reply, { text: Uint8Array.from(this.#typed.splice(0, most)) });
  }

  #makeRoom(): void {
    if (this.#room === undefined) return;
    const reply = this.#room;
    this.#room = undefined;
    answer(Terminal, "write", reply, {});
  }

  stop(): void {
    if (this.ended) return;
    this.#stopped = true;
    this.#native.interrupt();
    // Waiting for input or room is no loop: both end now.
    this.#typedAll = true;
    this.#feed();
    this.#makeRoom();
    this.#killLater();
  }

  #killLater(): void {
    after(PATIENCE, () => {
      if (!this.ended) this.#native.process.kill(0);
    });
  }

  close(): void {
    for (const each of [this.#asked?.reply, this.#room, this.#wanted?.reply])
      if (each !== undefined) closeHandle(each);
    this.#asked = this.#room = this.#wanted = undefined;
    this.#native.close();
    this.channel?.close();
  }

  #answer(): void {
    const reads = this.#wanted !== undefined;
    if (this.#asked === undefined || (this.#output === "" && this.#state === "running" && !reads))
      return;
    let end = Math.min(this.#output.length, STEP);
    const last = this.#output.charCodeAt(end - 1);
    if (end < this.#output.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    const output = this.#output.slice(0, end);
    this.#output = this.#output.slice(end);
    let state: State = this.#output === "" ? this.#state : "running";
    if (state === "running" && this.#output === "" && reads) state = "reading";
    if (this.#output.length < ROOM) this.#makeRoom();
    this.#reply({ output, state, code: this.#code });
  }

  // ---- for the process

  write(text: Uint8Array): object {
    this.#print(text);
    if (this.#output.length < ROOM || this.#stopped || this.#room !== undefined) return {};
    this.#room = park();
    return PARKED;
  }

  /** Text of bytes; a character that is cut waits for its end. */
  #print(text: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + text.length);
    all.set(this.#rest);
    all.set(text, this.#rest.length);
    let end = all.length;
    for (let back = 1; back <= 3 && back <= all.length; back += 1) {
      const byte = all[all.length - back] as number;
      if ((byte & 0xc0) === 0x80) continue;
      const wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
      if (wants > back) end = all.length - back;
      break;
    }
    this.#rest = all.slice(end);
    this.#output += decodeLossy(all.subarray(0, end));
    this.#answer();
  }

  read(most: number): { text: Uint8Array } | typeof PARKED {
    if (this.#typed.length > 0 || this.#typedAll || this.#wanted !== undefined)
      return { text: Uint8Array.from(this.#typed.splice(0, most)) };
    this.#wanted = { reply: park(), most };
    this.#answer();
    return PARKED;
  }

  /** `main` has returned, or there was a trap. */
  end(trapped: boolean, code: number, text: Uint8Array): object {
    if (!trapped) {
      this.#finish("done", code);
      return {};
    }
    const native = this.#native;
    const told = trapOutcome(this.#exe.traces, traps, {
      stop: native.stopKind,
      asked: native.askedKind,
      offsets: native.offsets(this.#exe.text),
      text: () => decodeLossy(text),
      hostText: "",
    });
    if (this.#stopped) this.#finish("stopped", -1);
    else if (!told.ok) {
      const kind = told.trap === "trap" ? "" : `${told.trap}${told.text === "" ? "" : ": "}`;
      this.#fault(kind + told.text, told.trace);
    }
    return {};
  }

  #fault(sentence: string, trace: readonly { fn: string; file: string; line: number }[]): void {
    let lines = `trap: ${sentence}\n`;
    for (const { fn, file, line } of trace.slice(0, TRACE))
      lines += `  at ${fn} (${file}:${line})\n`;
    this.#output += (this.#output === "" || this.#output.endsWith("\n") ? "" : "\n") + lines;
    this.#finish("trapped", -1);
  }

  /** The process is gone; it may have said so before. */
  #exited(report: ExitReport): void {
    if (this.ended) return;
    if (this.#stopped || report.reason !== exits.FAULT) {
      this.#finish(this.#stopped ? "stopped" : "done", report.code);
      return;
    }
    const offset = report.instruction - processAddresses.program - this.#exe.text;
    this.#fault("bad address", traceOf(this.#exe.traces, [offset + 1]));
  }

  #finish(state: State, code: number): void {
    if (this.ended) return;
    this.#state = state;
    this.#code = code;
    this.#answer();
  }
}
