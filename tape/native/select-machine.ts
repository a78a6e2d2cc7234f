/**
 * Imports that are instructions: memory by its machine address, and calls of C functions, for programs that own the machine.
 *
 * Only where `machine` is asked for (UEFI applications, the system's part of a native process): such code is outside of what
 * linear memory promises. Invariant: as for any call, values that are needed later lie in kept registers or the frame.
 */
import { r8, r9, r10, r14, r15, rax, rcx, rdi, rdx, rsi, rsp } from "../x86-64/registers.ts";
import { alu, x } from "../x86-64/rows.ts";
import { environment } from "./environment.ts";
import { moveAll } from "./moves.ts";
import type { Writer } from "./select-integer.ts";

const load =
  (row: typeof x.mov, size: number): Writer =>
  (e, i) => {
    const at = e.reg(i.uses[0], rax, 8);
    e.a.rm(row, size, rax, at, 0);
    e.give(i.defs[0], rax);
  };

const store =
  (row: typeof x.store, size: number): Writer =>
  (e, i) => {
    const at = e.reg(i.uses[0], rax, 8);
    e.to(rcx, i.uses[1], 8);
    e.a.rm(row, size, rcx, at, 0);
  };

/** By name and signature. */
export const machineWriters: Readonly<Record<string, Writer | undefined>> = {
  "machine.load64 l:l": load(x.mov, 8),
  "machine.load32 l:l": load(x.mov, 4),
  "machine.load8 l:l": load(x.movzx8, 4),
  "machine.store64 ll:": store(x.store, 8),
  "machine.store32 ll:": store(x.store, 4),
  "machine.store8 ll:": store(x.store8, 0),
  /** The machine address of an address in linear memory. */
  "machine.address p:l": (e, i) => {
    e.to(rax, i.uses[0], 4);
    e.a.rm(x.lea, 8, rax, r15, 0, rax, 1);
    e.give(i.defs[0], rax);
  },
  /** The machine address of the environment block. */
  "machine.environment :l": (e, i) => e.give(i.defs[0], r14),
  /** A C function by Microsoft's convention, as firmware has it: address, four arguments; its result. */
  "uefi.call lllll:l": (e, i) => {
    moveAll(e, i.uses, [r10, rcx, rdx, r8, r9], "lllll");
    e.aluImm(alu.sub, 8, rsp, 32);
    e.a.rr(x.callRm, 0, 0, r10);
    e.aluImm(alu.add, 8, rsp, 32);
    e.give(i.defs[0], rax);
  },
  /** A system call: number, six arguments; its first result. The second one is left in the word behind `own` (docs/abi.md). */
  "uusi.call lllllll:l": (e, i) => {
    moveAll(e, i.uses, [rcx, rdi, rsi, rdx, r10, r8, r9], "lllllll");
    e.a.rr(x.mov, 8, rax, rcx);
    e.a.z(x.syscall);
    e.a.rm(x.store, 8, rdx, r14, environment.own + 8);
    e.give(i.defs[0], rax);
  },
};
