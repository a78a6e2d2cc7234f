/**
 * Code that a module has once: entries from C, the way out of a trap, and copying and filling memory.
 *
 * Invariant: the way out needs no call into the host; it leaves return addresses by walking frame pointers, which end at 0.
 */
import { Label } from "../x86-64/encode.ts";
import {
  r8,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
} from "../x86-64/registers.ts";
import type { Row } from "../x86-64/row.ts";
import {
  alu,
  aluMi8,
  aluMi32,
  aluRm,
  cc,
  jcc,
  jccShort,
  shift,
  shiftMi,
  x,
} from "../x86-64/rows.ts";
import { incoming } from "./allocate.ts";
import { type ModuleState, type StackStep, XMM14 } from "./emit.ts";
import { environment, MOST_TRACE } from "./environment.ts";
import { resultPlaces, stackBytes } from "./select-call.ts";

/** Registers that C keeps. */
export const kept = [rbx, rbp, r12, r13, r14, r15];

function imm(m: ModuleState, k: number, w: number, reg: number, v: number): void {
  m.a.rr(aluMi8[k], w, 0, reg);
  m.a.imm8(v);
}

/** A function that C calls with the environment: arguments from `values`, results to it. */
export function writeEntry(m: ModuleState, fn: Label, params: string, results: string): void {
  const { a } = m;
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  const from = a.length;
  const steps: StackStep[] = [];
  for (const r of kept) {
    a.o(x.push, 0, r);
    steps.push({ at: a.length - from, what: "push", n: r });
  }
  a.rr(x.mov, 8, r14, rdi);
  a.rm(x.mov, 8, r15, r14, environment.memory);
  a.rm(x.store, 8, rsp, r14, environment.exit);
  // Six registers and the return address: 8 more bytes align the stack to 16.
  const bytes = 8 + ((stackBytes(params) + 15) & ~15);
  a.rr(aluMi32[alu.sub], 8, 0, rsp);
  a.int32(bytes);
  steps.push({ at: a.length - from, what: "take", n: bytes });
  a.rr(aluRm[alu.xor], 4, rbp, rbp);
  const to = incoming(params);
  let at = 0;
  [...params].forEach((c, k) => {
    const value = environment.values + 8 * k;
    const float = c === "f" || c === "d";
    if (to[k] < 0) {
      a.rm(x.mov, 8, rax, r14, value);
      a.rm(x.store, 8, rax, rsp, at);
      at += 8;
    } else if (float) a.rm(c === "d" ? x.movsd : x.movss, 0, to[k], r14, value);
    else a.rm(x.mov, c === "l" ? 8 : 4, to[k], r14, value);
  });
  a.j(x.call, fn);
  resultPlaces(results).forEach(({ reg, value }, k) => {
    const c = results[k];
    if (reg < 0) return;
    if (c === "f" || c === "d") a.rm(c === "d" ? x.storesd : x.storess, 0, reg, r14, value);
    else a.rm(x.store, c === "l" ? 8 : 4, reg, r14, value);
  });
  a.rr(aluRm[alu.xor], 4, rax, rax);
  writeExit(m);
  m.frames.push({ from, to: a.length, steps });
}

/** Back to whoever called the entry, with rax. */
export function writeExit(m: ModuleState): void {
  const { a } = m;
  a.rm(x.mov, 8, rsp, r14, environment.exit);
  for (const r of [...kept].reverse()) a.o(x.pop, 0, r);
  a.z(x.ret);
}

/** Where traps end: the address after the trap lies on the stack. */
export function writeWayOut(m: ModuleState): void {
  const { a } = m;
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(m.common);
  const [again, done] = [new Label(), new Label()];
  a.o(x.pop, 0, rax);
  a.rm(x.store, 8, rax, r14, environment.trace);
  a.o(x.movImm, 4, rdx);
  a.int32(1);
  a.place(again);
  a.rr(x.test, 8, rbp, rbp);
  a.j(jcc[cc.e], done);
  imm(m, alu.cmp, 4, rdx, MOST_TRACE);
  a.j(jcc[cc.ae], done);
  a.rm(x.mov, 8, rax, rbp, 8);
  a.rm(x.store, 8, rax, r14, environment.trace, rdx, 8);
  imm(m, alu.add, 4, rdx, 1);
  a.rm(x.mov, 8, rbp, rbp, 0);
  a.j(x.jmp, again, x.jmpShort);
  a.place(done);
  a.rm(x.store, 8, rdx, r14, environment.depth);
  a.o(x.movImm, 4, rax);
  a.int32(1);
  writeExit(m);
}

/** From here on the processor's own string instruction is faster. */
const BULK = 512;

/**
 * Does words by a string instruction where there are `BULK` bytes and more; `small` is what follows, for the rest. By words since an
 * emulated processor, and one without fast strings, goes a step for each.
 */
function writeBulk(m: ModuleState, row: Row, small: Label): void {
  const { a } = m;
  a.rr(aluMi32[alu.cmp], 8, 0, r8);
  a.int32(BULK);
  a.j(jcc[cc.b], small);
  a.rr(x.mov, 8, rcx, r8);
  a.rr(shiftMi[shift.shr], 8, 0, rcx);
  a.imm8(3);
  a.z(row, 8);
  imm(m, alu.and, 8, r8, 7);
}

/** rdi, rsi: addresses in linear memory; r8: bytes; they may overlap. */
export function writeCopy(m: ModuleState): void {
  const { a } = m;
  const [back, wide, bytes, byteLoop, done] = [1, 2, 3, 4, 5].map(() => new Label());
  const [backWide, backBytes, backLoop] = [1, 2, 3].map(() => new Label());
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(m.copy);
  a.rr(aluRm[alu.add], 8, rdi, r15);
  a.rr(aluRm[alu.add], 8, rsi, r15);
  // To above from, and closer than the length: from the end.
  a.rr(x.mov, 8, rax, rdi);
  a.rr(aluRm[alu.sub], 8, rax, rsi);
  a.rr(aluRm[alu.cmp], 8, rax, r8);
  a.j(jcc[cc.b], back);
  writeBulk(m, x.repMovsq, wide);
  a.place(wide);
  imm(m, alu.sub, 8, r8, 16);
  a.j(jcc[cc.b], bytes);
  a.rm(x.movups, 0, XMM14, rsi, 0);
  a.rm(x.storeups, 0, XMM14, rdi, 0);
  imm(m, alu.add, 8, rsi, 16);
  imm(m, alu.add, 8, rdi, 16);
  a.j(x.jmp, wide, x.jmpShort);
  a.place(bytes);
  imm(m, alu.add, 8, r8, 16);
  a.j(jcc[cc.e], done);
  a.place(byteLoop);
  a.rm(x.movzx8, 4, rax, rsi, 0);
  a.rm(x.store8, 0, rax, rdi, 0);
  imm(m, alu.add, 8, rsi, 1);
  imm(m, alu.add, 8, rdi, 1);
  imm(m, alu.sub, 8, r8, 1);
  a.j(jcc[cc.ne], byteLoop, jccShort[cc.ne]);
  a.place(done);
  a.z(x.ret);
  a.place(back);
  a.rr(aluRm[alu.add], 8, rdi, r8);
  a.rr(aluRm[alu.add], 8, rsi, r8);
  a.place(backWide);
  imm(m, alu.sub, 8, r8, 16);
  a.j(jcc[cc.b], backBytes);
  imm(m, alu.sub, 8, rsi, 16);
  imm(m, alu.sub, 8, rdi, 16);
  a.rm(x.movups, 0, XMM14, rsi, 0);
  a.rm(x.storeups, 0, XMM14, rdi, 0);
  a.j(x.jmp, backWide, x.jmpShort);
  a.place(backBytes);
  imm(m, alu.add, 8, r8, 16);
  a.j(jcc[cc.e], done, jccShort[cc.e]);
  a.place(backLoop);
  imm(m, alu.sub, 8, rsi, 1);
  imm(m, alu.sub, 8, rdi, 1);
  a.rm(x.movzx8, 4, rax, rsi, 0);
  a.rm(x.store8, 0, rax, rdi, 0);
  imm(m, alu.sub, 8, r8, 1);
  a.j(jcc[cc.ne], backLoop, jccShort[cc.ne]);
  a.z(x.ret);
}

/** rdi: address in linear memory; sil: the byte; r8: bytes. */
export function writeFill(m: ModuleState): void {
  const { a } = m;
  const [wide, bytes, byteLoop, done] = [1, 2, 3, 4].map(() => new Label());
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(m.fill);
  a.rr(aluRm[alu.add], 8, rdi, r15);
  a.rr(x.movzx8, 4, rax, rsi);
  a.o(x.movImm, 8, rcx);
  a.int32(0x01010101);
  a.int32(0x01010101);
  a.rr(x.imul, 8, rax, rcx);
  writeBulk(m, x.repStosq, wide);
  a.place(wide);
  imm(m, alu.sub, 8, r8, 16);
  a.j(jcc[cc.b], bytes);
  a.rm(x.store, 8, rax, rdi, 0);
  a.rm(x.store, 8, rax, rdi, 8);
  imm(m, alu.add, 8, rdi, 16);
  a.j(x.jmp, wide, x.jmpShort);
  a.place(bytes);
  imm(m, alu.add, 8, r8, 16);
  a.j(jcc[cc.e], done);
  a.place(byteLoop);
  a.rm(x.store8, 0, rax, rdi, 0);
  imm(m, alu.add, 8, rdi, 1);
  imm(m, alu.sub, 8, r8, 1);
  a.j(jcc[cc.ne], byteLoop, jccShort[cc.ne]);
  a.place(done);
  a.z(x.ret);
}
