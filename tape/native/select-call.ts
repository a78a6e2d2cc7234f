/**
 * Calls, returns and what is called for an operation: arguments into their places all at once, results out of theirs.
 *
 * Invariant: values that live across a call lie in kept registers or the frame, so that nothing is saved here.
 */
import { r14, r8, rax, rbp, rcx, rdi, rdx, rsi, rsp } from "../x86-64/registers.ts";
import { Label } from "../x86-64/encode.ts";
import { alu, aluMi32, aluRm, cc, jcc, x } from "../x86-64/rows.ts";
import type { ImportCode } from "../bytecode/program.ts";
import { incoming, NOWHERE } from "./allocate.ts";
import { type Emitter, type FiberState, functionLabel, XMM14, XMM15 } from "./emit.ts";
import { environment } from "./environment.ts";
import type { Writer } from "./select-integer.ts";
import { isFloat, moveAll } from "./moves.ts";
import { machineWriters } from "./select-machine.ts";
import { checkSpan } from "./select-memory.ts";

/** Bytes of arguments on the stack for a signature. */
export function stackBytes(params: string): number {
  return 8 * incoming(params).filter((r) => r < 0).length;
}

/** Where results are left: registers first, then `values`. Integers in rax, rdx, rcx, floats in xmm14, xmm15. */
export function resultPlaces(results: string): { reg: number; value: number }[] {
  const ints = [rax, rdx, rcx];
  const floats = [XMM14, XMM15];
  return [...results].map((c, k) => ({
    reg: (isFloat(c) ? floats : ints).shift() ?? -1,
    value: environment.values + 8 * k,
  }));
}

/** Arguments in their places for a call of a function of the module. */
function passArguments(e: Emitter, uses: readonly number[], params: string): void {
  const to = incoming(params);
  let at = 0;
  uses.forEach((u, k) => {
    if (to[k] >= 0) return;
    const c = params[k];
    if (isFloat(c)) {
      const r = e.float(u, XMM15, c === "d");
      e.a.rm(c === "d" ? x.storesd : x.storess, 0, r, rsp, at);
    } else {
      const w = c === "l" ? 8 : 4;
      e.a.rm(x.store, w, e.reg(u, rax, w), rsp, at);
    }
    at += 8;
  });
  moveAll(e, uses, to, params);
}

/** Results to where they belong. */
function takeResults(e: Emitter, defs: readonly number[], results: string): void {
  const places = resultPlaces(results);
  defs.forEach((d, k) => {
    const { reg } = places[k];
    if (reg < 0 || e.where(d) === NOWHERE) return;
    if (isFloat(results[k])) e.giveFloat(d, reg, results[k] === "d");
    else e.give(d, reg);
  });
  defs.forEach((d, k) => {
    const { reg, value } = places[k];
    if (reg < 0) fromEnvironment(e, d, results[k], value);
  });
}

function fromEnvironment(e: Emitter, d: number, c: string, value: number): void {
  if (e.where(d) === NOWHERE) return;
  if (isFloat(c)) {
    e.a.rm(c === "d" ? x.movsd : x.movss, 0, XMM15, r14, value);
    e.giveFloat(d, XMM15, c === "d");
  } else {
    e.a.rm(x.mov, c === "l" ? 8 : 4, rax, r14, value);
    e.give(d, rax);
  }
}

function toEnvironment(e: Emitter, u: number, c: string, value: number): void {
  if (isFloat(c)) {
    const r = e.float(u, XMM15, c === "d");
    e.a.rm(c === "d" ? x.storesd : x.storess, 0, r, r14, value);
  } else {
    const w = c === "l" ? 8 : 4;
    e.a.rm(x.store, w, e.reg(u, rax, w), r14, value);
  }
}

/** A call of function `imm[0]`. */
export const call =
  (signature: (fn: number) => { readonly params: string; readonly results: string }): Writer =>
  (e, i) => {
    const { params, results } = signature(i.imm[0]);
    passArguments(e, i.uses, params);
    e.a.j(x.call, functionLabel(e.m, i.imm[0]));
    takeResults(e, i.defs, results);
  };

/** A call through a pointer: its number and its signature are checked. */
export const callPointer: Writer = (e, i) => {
  const { a } = e;
  const [params, results] = e.m.sigs[i.imm[0]].split(":");
  e.m.used.table = true;
  e.to(rcx, i.uses[0], 4);
  e.aluImm(alu.sub, 4, rcx, 1);
  if (e.m.fiber !== undefined) findTable(e, e.m.fiber);
  else {
    e.aluImm(alu.cmp, 4, rcx, e.m.fns.length);
    e.trapIf(cc.ae, "bad function pointer");
    a.rip(x.lea, 8, rax, e.m.table);
  }
  a.rm(x.lea, 8, rcx, rax, 0, rcx, 8);
  a.rm(aluMi32[alu.cmp], 4, 0, rcx, 4);
  a.int32(i.imm[0]);
  e.trapIf(cc.ne, "bad function pointer");
  a.rm(x.movsxd, 8, rcx, rcx, 0);
  a.rr(aluRm[alu.add], 8, rcx, rax);
  passArguments(e, i.uses.slice(1), params);
  a.rr(x.callRm, 0, 0, rcx);
  takeResults(e, i.defs, results);
};

/** The table of the function with the number in rcx into rax, its place there into rcx: the library's, or the program's own. */
function findTable(e: Emitter, { shared, sharedTable }: FiberState): void {
  const { a } = e;
  const found = new Label();
  if (shared > 0) {
    a.rip(x.lea, 8, rax, sharedTable);
    e.aluImm(alu.cmp, 4, rcx, shared);
    a.j(jcc[cc.b], found);
    e.aluImm(alu.sub, 4, rcx, shared);
  }
  a.rm(x.mov, 8, rax, r14, environment.table);
  a.rm(aluRm[alu.cmp], 4, rcx, rax, -8);
  e.trapIf(cc.ae, "bad function pointer");
  a.place(found);
}

/** A call of import `imm[0]`. */
export const callHost =
  (signature: (index: number) => ImportCode): Writer =>
  (e, i) => {
    const { a } = e;
    const { name, params, results } = signature(i.imm[0]);
    const instruction = e.m.machine ? machineWriters[`${name} ${params}:${results}`] : undefined;
    if (instruction !== undefined) {
      instruction(e, i);
      return;
    }
    i.uses.forEach((u, k) => {
      toEnvironment(e, u, params[k], environment.hostValues + 8 * k);
    });
    e.movImm(rsi, i.imm[0], 0);
    if (e.m.fiber !== undefined) a.j(x.call, e.m.fiber.host);
    else {
      a.rr(x.mov, 8, rdi, r14);
      a.rm(x.callRm, 0, 0, r14, environment.host);
    }
    a.rr(x.test, 4, rax, rax);
    e.trapIf(cc.ne, 0);
    i.defs.forEach((d, k) => {
      fromEnvironment(e, d, results[k], environment.hostValues + 8 * k);
    });
  };

/** Leaves the results and the function. */
export const leave: Writer = (e, i) => {
  const { results } = e.body.f;
  const places = resultPlaces(results);
  i.uses.forEach((u, k) => {
    if (places[k].reg < 0) toEnvironment(e, u, results[k], places[k].value);
  });
  i.uses.forEach((u, k) => {
    const { reg } = places[k];
    if (reg < 0) return;
    if (isFloat(results[k])) e.floatTo(reg, u, results[k] === "d");
    else e.to(reg, u, results[k] === "l" ? 8 : 4);
  });
  epilogue(e);
};

/** Gives back frame and registers, and returns. */
export function epilogue(e: Emitter): void {
  const { a } = e;
  if (e.body.f.frame > 0) {
    a.rm(aluMi32[alu.add], 4, 0, r14, environment.sp);
    a.int32(e.body.f.frame);
  }
  e.places.kept.forEach((r, k) => {
    a.rm(x.mov, 8, r, rbp, -8 * (k + 1));
  });
  a.z(x.leave);
  a.z(x.ret);
}

const copy: Writer = (e, i) => {
  moveAll(e, i.uses, [rdi, rsi, r8], "ppl");
  checkSpan(e, rdi, r8);
  checkSpan(e, rsi, r8);
  e.m.used.copy = true;
  e.a.j(x.call, e.m.copy);
};

const fill: Writer = (e, i) => {
  moveAll(e, i.uses, [rdi, rsi, r8], "pil");
  checkSpan(e, rdi, r8);
  e.m.used.fill = true;
  e.a.j(x.call, e.m.fill);
};

const grow: Writer = (e, i) => {
  moveAll(e, i.uses, [rsi], "l");
  if (e.m.fiber !== undefined) e.a.j(x.call, e.m.fiber.grow);
  else {
    e.a.rr(x.mov, 8, rdi, r14);
    e.a.rm(x.callRm, 0, 0, r14, environment.grow);
  }
  if (i.defs.length > 0) e.give(i.defs[0], rax);
};

/** Writers by the name of the operation. */
export const callWriters: Readonly<Record<string, Writer>> = {
  calli: callPointer,
  ret: leave,
  "mem.copy": copy,
  "mem.fill": fill,
  "mem.grow": grow,
};
