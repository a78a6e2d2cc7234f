/**
 * The system's part of a native process of LeivOS: `std/uusi.tape` with the code at which the process begins.
 *
 * It lies beside a program of `executable.ts` and has linear memory and an environment block of its own; the program's block, made
 * by the loader, lies at `PROGRAM_BLOCK`. Calls of the program's imports come here through two small functions that change the
 * block and go into Tape. Invariant: no entry is entered while it runs, so that a way out never meets another one's stack.
 */
import type { Code } from "../bytecode/program.ts";
import type { ModuleState } from "../native/emit.ts";
import { environment } from "../native/environment.ts";
import { Label } from "../x86-64/encode.ts";
import { rax, rcx, rdi, rdx, rsi, rsp } from "../x86-64/registers.ts";
import { alu, aluMi32, aluRm, cc, jcc, x } from "../x86-64/rows.ts";
import type { ExecutableBuilt } from "./executable.ts";
import * as pe from "./format.ts";
import { buildWithMemory, entryOf, type Places } from "./own-memory.ts";
import { PROCESS_STACK, processAddresses, processBlock } from "./process.ts";
import { writeMemory } from "./start.ts";

/** What `std/uusi.tape` is to be compiled with: a root that imports nothing else. */
export const systemRoot = 'import uusi from "uusi";\nfn main() {}\n';
export const systemOptions = {
  extra: {
    prepare: ["uusi", "prepare"],
    serve: ["uusi", "serve"],
    grow: ["uusi", "grow"],
    ended: ["uusi", "ended"],
  },
} as const;

/** Compiles `systemRoot`. */
export function buildSystemPart(code: Code): ExecutableBuilt {
  return buildWithMemory(code, {
    subsystem: pe.subsystems.native,
    imageBase: processAddresses.system,
    align: pe.PAGE,
    stack: PROCESS_STACK,
    memory: 0,
    exports: Object.keys(systemOptions.extra),
    start: writeStart,
  });
}

/** The first instructions: rdi is the message buffer, the stack is aligned. */
function writeStart(m: ModuleState, places: Places): void {
  const { a } = m;
  const [serve, grow, none, failed, trapped] = [1, 2, 3, 4, 5].map(() => new Label());
  m.lines.push(a.length, -1, 0);
  const program = processAddresses.block;
  a.rr(x.mov, 8, rdx, rdi);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.store, 8, rdx, rdi, environment.own);
  a.rip(x.lea, 8, rax, places.memory);
  a.rm(x.store, 8, rax, rdi, environment.memory);
  a.rm(x.storeImm, 8, 0, rdi, environment.bytes);
  a.int32(places.first);
  a.rm(x.lea, 8, rax, rsp, 4096 - PROCESS_STACK);
  a.rm(x.store, 8, rax, rdi, environment.limit);
  a.rip(x.lea, 8, rax, none);
  a.rm(x.store, 8, rax, rdi, environment.grow);
  // The program's block: who serves it.
  a.o(x.movImm, 4, rcx);
  a.int32(program);
  a.rip(x.lea, 8, rax, serve);
  a.rm(x.store, 8, rax, rcx, environment.host);
  a.rip(x.lea, 8, rax, grow);
  a.rm(x.store, 8, rax, rcx, environment.grow);
  writeMemory(m, places.data, places.dataBytes, places.heap);
  a.j(x.call, entryOf(places, "prepare"));
  a.o(x.movImm, 4, rdi);
  a.int32(program);
  a.rm(x.callRm, 0, 0, rdi, processBlock.entry);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.store, 8, rax, rdi, environment.values);
  a.j(x.call, entryOf(places, "ended"));
  a.z(x.ud2);
  // serve(block, import): the kind of a trap, or 0.
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(serve);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.store, 8, rsi, rdi, environment.values);
  a.rr(aluMi32[alu.sub], 8, 0, rsp);
  a.int32(8);
  a.j(x.call, entryOf(places, "serve"));
  a.rr(aluMi32[alu.add], 8, 0, rsp);
  a.int32(8);
  a.rr(x.test, 4, rax, rax);
  a.j(jcc[cc.ne], trapped);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.mov, 4, rax, rdi, environment.values);
  a.z(x.ret);
  a.place(trapped);
  // The system's part itself failed: an address that is none, most likely.
  a.o(x.movImm, 4, rax);
  a.int32(9);
  a.z(x.ret);
  // grow(block, pages): pages before, or -1.
  a.align(16, 0x90);
  m.lines.push(a.length, -1, 0);
  a.place(grow);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.store, 8, rsi, rdi, environment.values);
  a.rr(aluMi32[alu.sub], 8, 0, rsp);
  a.int32(8);
  a.j(x.call, entryOf(places, "grow"));
  a.rr(aluMi32[alu.add], 8, 0, rsp);
  a.int32(8);
  a.rr(x.test, 4, rax, rax);
  a.j(jcc[cc.ne], failed);
  a.rip(x.lea, 8, rdi, places.block);
  a.rm(x.mov, 8, rax, rdi, environment.values);
  a.z(x.ret);
  // Its own memory does not grow.
  a.place(none);
  a.place(failed);
  a.rr(aluRm[alu.xor], 4, rax, rax);
  a.rr(aluMi32[alu.sub], 8, 0, rax);
  a.int32(1);
  a.z(x.ret);
}
