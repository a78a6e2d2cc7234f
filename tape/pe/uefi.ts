/**
 * A compiled program as a UEFI application: code, what is only read, and zeros for its environment block and linear memory.
 *
 * The program's imports are functions of `std/uefi.tape`, linked as any other; the firmware is all that it needs. Invariant: the
 * application gives the firmware back its registers and stack, also after a trap, of which it tells on the console.
 */
import { type Code, heapStart } from "../bytecode/program.ts";
import type { Provided } from "../lower/program.ts";
import type { ModuleState } from "../native/emit.ts";
import { environment } from "../native/environment.ts";
import { buildNative } from "../native/module.ts";
import { Label } from "../x86-64/encode.ts";
import { r8, rax, rcx, rdi, rdx, rsi, rsp } from "../x86-64/registers.ts";
import { alu, aluMi8, aluMi32, aluRm, cc, jcc, shiftMi, shift, x } from "../x86-64/rows.ts";
import { Bytes } from "./bytes.ts";
import {
  type ExecutableBuilt,
  type ExecutableOptions,
  executableOptions,
  pointAt,
  withoutZeros,
  writeDebug,
  writeUnwind,
} from "./executable.ts";
import * as pe from "./format.ts";
import { writeMemory } from "./start.ts";
import { encodeTraces, tracesOf } from "./trace-table.ts";
import { sectionAddresses, writePe } from "./write.ts";

/** What the program is to be compiled with: the firmware's functions for its imports, and the one that tells of traps. */
export const uefiOptions: { readonly provided: Provided; readonly extra: Provided } = {
  provided: {
    ...executableOptions.provided,
    "io.write": ["uefi", "write"],
    "io.write_line": ["uefi", "write_line"],
    "io.read": ["uefi", "read"],
    "os.arg_count": ["uefi", "arg_count"],
    "os.arg_len": ["uefi", "arg_len"],
    "os.arg_copy": ["uefi", "arg_copy"],
    "os.exit": ["uefi", "leave"],
    "time.unix": ["uefi", "unix_ns"],
    "time.ticks": ["uefi", "unix_ns"],
  },
  extra: { trapped: ["uefi", "trapped"] },
};

const BASE = 0x400000;
/** Bytes of the firmware's stack that are used; the specification promises 128 KiB. */
const STACK = 96 << 10;
const MEMORY = 8 << 20;

interface Places {
  readonly data: Label;
  readonly block: Label;
  readonly memory: Label;
  readonly traces: Label;
}

/** Compiles a verified program that was compiled with `uefiOptions`. */
export function buildUefi(code: Code, options: ExecutableOptions = {}): ExecutableBuilt {
  if (code.main < 0) return { ok: false, reason: "there is no `main` to start at" };
  const foreign = code.imports.find((i) => !/^(machine|uefi)\./.test(i.name));
  if (foreign !== undefined)
    return { ok: false, reason: `the firmware has no \`${foreign.name}\`` };
  const data = withoutZeros(code.data);
  const heap = heapStart(code);
  const first = Math.ceil(heap / 65536) * 65536;
  const memory = Math.max(options.memory ?? MEMORY, first);
  const places: Places = {
    data: new Label(),
    block: new Label(),
    memory: new Label(),
    traces: new Label(),
  };
  const built = buildNative(
    { ...code, exports: code.exports.filter((e) => e.name in uefiOptions.extra) },
    {
      bounds: "compare",
      machine: true,
      start: (m, entries) => {
        const trapped = entries.get("trapped");
        const main = entries.get("main");
        if (trapped === undefined || main === undefined) throw new Error("no function `trapped`");
        writeStart(m, places, { main, trapped }, { data: data.length, heap, first, memory });
      },
    },
  );
  if (!built.ok) return built;
  const { module } = built;
  const text = module.bytes;
  const out = new Bytes();
  out.bytes(data);
  const directories = new Map<number, readonly [number, number]>();
  const [textAt, dataAt] = sectionAddresses([text.length, 1]);
  const [exceptions, exceptionBytes] = writeUnwind(out, module.frames, textAt, dataAt);
  directories.set(pe.directory.exceptions, [dataAt + exceptions, exceptionBytes]);
  const [debug, debugBytes] = writeDebug(out, encodeTraces(tracesOf(code, module)), dataAt);
  directories.set(pe.directory.debug, [dataAt + debug, debugBytes]);
  const rdata = out.done();
  const block = Math.ceil(environment.end / pe.PAGE) * pe.PAGE;
  const zerosAt = sectionAddresses([text.length, rdata.length, 1])[2];
  pointAt(text, places.data, dataAt - textAt);
  pointAt(text, places.traces, dataAt + debug + debugBytes - textAt);
  pointAt(text, places.block, zerosAt - textAt);
  pointAt(text, places.memory, zerosAt + block - textAt);
  const { code: isCode, data: isData, zeros, execute, read, write } = pe.sectionFlags;
  return {
    ok: true,
    bytes: writePe({
      subsystem: pe.subsystems.uefiApplication,
      imageBase: BASE,
      entry: textAt + (module.entries.get("start") ?? 0),
      sections: [
        { name: ".text", bytes: text, memory: text.length, flags: isCode | execute | read },
        { name: ".rdata", bytes: rdata, memory: rdata.length, flags: isData | read },
        {
          name: ".bss",
          bytes: new Uint8Array(0),
          memory: block + memory,
          flags: zeros | read | write,
        },
      ],
      directories,
      stack: [128 << 10, 128 << 10],
      heap: [memory, first],
    }),
  };
}

/** Bytes of xmm6 to xmm15, which belong to the caller by Microsoft's convention; 8 more align the stack. */
const SAVED = 16 * 10 + 8;

/** The first instructions: rcx is the image's handle, rdx the system table. */
function writeStart(
  m: ModuleState,
  places: Places,
  fns: { readonly main: Label; readonly trapped: Label },
  sizes: {
    readonly data: number;
    readonly heap: number;
    readonly first: number;
    readonly memory: number;
  },
): void {
  const { a } = m;
  const [grow, fine, done] = [1, 2, 3].map(() => new Label());
  const from = a.length;
  const steps: { at: number; what: "push" | "take"; n: number }[] = [];
  m.lines.push(from, -1, 0);
  for (const r of [rsi, rdi]) {
    a.o(x.push, 0, r);
    steps.push({ at: a.length - from, what: "push", n: r });
  }
  a.rr(aluMi32[alu.sub], 8, 0, rsp);
  a.int32(SAVED);
  steps.push({ at: a.length - from, what: "take", n: SAVED });
  for (let k = 0; k < 10; k++) a.rm(x.storeups, 0, 6 + k, rsp, 16 * k);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.store, 8, rdx, rdi, environment.own);
  a.rm(x.store, 8, rcx, rdi, environment.own + 8);
  a.rip(x.lea, 8, rax, places.memory);
  a.rm(x.store, 8, rax, rdi, environment.memory);
  a.rm(x.storeImm, 8, 0, rdi, environment.bytes);
  a.int32(sizes.first);
  a.rm(x.lea, 8, rax, rsp, -STACK);
  a.rm(x.store, 8, rax, rdi, environment.limit);
  a.rip(x.lea, 8, rax, grow);
  a.rm(x.store, 8, rax, rdi, environment.grow);
  writeMemory(m, places.data, sizes.data, sizes.heap);
  a.j(x.call, fns.main);
  a.rr(x.test, 4, rax, rax);
  a.j(jcc[cc.e], fine);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.storeImm, 8, 0, rdi, environment.sp);
  a.int32(sizes.heap);
  a.rip(x.lea, 8, rax, places.traces);
  a.rm(x.store, 8, rax, rdi, environment.values);
  // The way out of traps is the first of all code.
  a.rip(x.lea, 8, rax, m.common);
  a.rm(x.store, 8, rax, rdi, environment.values + 8);
  a.rm(x.lea, 8, rax, rsp, -STACK - 8192);
  a.rm(x.store, 8, rax, rdi, environment.limit);
  a.j(x.call, fns.trapped);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.mov, 8, rax, rdi, environment.values);
  a.j(x.jmp, done);
  a.place(fine);
  // What `main` gives is an error code of applications when it is not 0.
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.mov, 4, rax, rdi, environment.values);
  a.rr(x.test, 4, rax, rax);
  a.j(jcc[cc.e], done);
  a.rr(x.btc, 8, 0, rax);
  a.imm8(63);
  a.place(done);
  for (let k = 0; k < 10; k++) a.rm(x.movups, 0, 6 + k, rsp, 16 * k);
  a.rr(aluMi32[alu.add], 8, 0, rsp);
  a.int32(SAVED);
  for (const r of [rdi, rsi]) a.o(x.pop, 0, r);
  a.z(x.ret);
  m.frames.push({ from, to: a.length, steps });
  writeGrow(m, grow, sizes.memory);
}

/** `grow` of the environment block: pages in rsi, at most as many as there are. */
function writeGrow(m: ModuleState, grow: Label, memory: number): void {
  const { a } = m;
  const full = new Label();
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(grow);
  a.rm(x.mov, 8, rax, rdi, environment.bytes);
  a.rr(aluMi32[alu.cmp], 8, 0, rsi);
  a.int32(memory / 65536);
  a.j(jcc[cc.a], full);
  a.rr(x.mov, 8, r8, rsi);
  a.rr(shiftMi[shift.shl], 8, 0, r8);
  a.imm8(16);
  a.rr(aluRm[alu.add], 8, r8, rax);
  a.rr(aluMi32[alu.cmp], 8, 0, r8);
  a.int32(memory);
  a.j(jcc[cc.a], full);
  a.rm(x.store, 8, r8, rdi, environment.bytes);
  a.rr(shiftMi[shift.shr], 8, 0, rax);
  a.imm8(16);
  a.z(x.ret);
  a.place(full);
  a.rr(aluRm[alu.xor], 4, rax, rax);
  a.rr(aluMi8[alu.sub], 8, 0, rax);
  a.imm8(1);
  a.z(x.ret);
}
