/**
 * A compiled program as a UEFI application: code, what is only read, and zeros for its environment block and linear memory.
 *
 * The program's imports are functions of `std/uefi.tape`, linked as any other; the firmware is all that it needs. Invariant: the
 * application gives the firmware back its registers and stack, also after a trap, of which it tells on the console.
 */
import type { Code } from "../bytecode/program.ts";
import type { Provided } from "../lower/program.ts";
import type { ModuleState } from "../native/emit.ts";
import { environment } from "../native/environment.ts";
import { Label } from "../x86-64/encode.ts";
import { r8, rax, rcx, rdi, rdx, rsi, rsp } from "../x86-64/registers.ts";
import { alu, aluMi8, aluMi32, aluRm, cc, jcc, shift, shiftMi, x } from "../x86-64/rows.ts";
import { type ExecutableBuilt, type ExecutableOptions, executableOptions } from "./executable.ts";
import * as pe from "./format.ts";
import { buildWithMemory, entryOf, type Places } from "./own-memory.ts";
import { writeMemory } from "./start.ts";

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

/** Compiles a verified program that was compiled with `uefiOptions`. */
export function buildUefi(code: Code, options: ExecutableOptions = {}): ExecutableBuilt {
  return buildWithMemory(code, {
    subsystem: pe.subsystems.uefiApplication,
    imageBase: BASE,
    align: pe.FILE_ALIGN,
    stack: 128 << 10,
    memory: options.memory ?? MEMORY,
    ...(options.features === undefined ? {} : { features: options.features }),
    exports: Object.keys(uefiOptions.extra),
    start: writeStart,
  });
}

/** Bytes of xmm6 to xmm15, which belong to the caller by Microsoft's convention; 8 more align the stack. */
const SAVED = 16 * 10 + 8;

/** The first instructions: rcx is the image's handle, rdx the system table. */
function writeStart(m: ModuleState, places: Places): void {
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
  a.int32(places.first);
  a.rm(x.lea, 8, rax, rsp, -STACK);
  a.rm(x.store, 8, rax, rdi, environment.limit);
  a.rip(x.lea, 8, rax, grow);
  a.rm(x.store, 8, rax, rdi, environment.grow);
  writeMemory(m, places.data, places.dataBytes, places.heap);
  a.j(x.call, entryOf(places, "main"));
  a.rr(x.test, 4, rax, rax);
  a.j(jcc[cc.e], fine);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.storeImm, 8, 0, rdi, environment.sp);
  a.int32(places.heap);
  a.rip(x.lea, 8, rax, places.traces);
  a.rm(x.store, 8, rax, rdi, environment.values);
  // The way out of traps is the first of all code.
  a.rip(x.lea, 8, rax, m.common);
  a.rm(x.store, 8, rax, rdi, environment.values + 8);
  a.rm(x.lea, 8, rax, rsp, -STACK - 8192);
  a.rm(x.store, 8, rax, rdi, environment.limit);
  a.j(x.call, entryOf(places, "trapped"));
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
  writeGrow(m, grow, places.most);
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
