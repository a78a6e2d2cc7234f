/**
 * One function as machine code: prologue, blocks in their order, jumps, and behind it what is rarely run.
 *
 * Invariant: every call and every backward jump looks at `limit`, so that deep recursion and endless loops end.
 */
import type { Code } from "../bytecode/program.ts";
import { opByName, ops, type Op } from "../bytecode/op-table.ts";
import { r14, r15, rax, rbp, rcx, rsp } from "../x86-64/registers.ts";
import { alu, aluRm, cc, jcc, jccShort, x } from "../x86-64/rows.ts";
import { allocate, incoming, NOWHERE } from "./allocate.ts";
import { Emitter, type ModuleState, type StackStep } from "./emit.ts";
import { environment } from "./environment.ts";
import type { Inliner } from "./inline.ts";
import type { Body, Instr } from "./ir.ts";
import { livenessOf, splitLocals } from "./liveness.ts";
import { moveRegisters } from "./moves.ts";
import { call, callHost, callWriters, stackBytes } from "./select-call.ts";
import { convertWriters } from "./select-convert.ts";
import { compareFloats, floatWriters } from "./select-float.ts";
import { compare, conditionOf, integerWriters, type Writer } from "./select-integer.ts";
import { memoryWriters } from "./select-memory.ts";
import { writeVector } from "./vector.ts";
import { rangeSteps } from "./ranges.ts";
import { simplifySteps } from "./simplify.ts";
import type { Steps } from "../source/steps.ts";

/** Writers by number of operation; jumps stand in `FunctionWriter`. */
const writers: (Writer | undefined)[] = [];
for (const table of [integerWriters, floatWriters, convertWriters, memoryWriters, callWriters])
  for (const [name, writer] of Object.entries(table)) {
    const op = opByName.get(name);
    if (op === undefined) throw new Error(`there is no operation ${name}`);
    writers[op.number] = writer;
  }

/** Instructions of a step of writing. */
const STEP = 400;

/** Conditional jumps by number: condition, whether with a number, size. */
const jumps = ops.map(({ name }) =>
  /^j(t|f|null|nonnull|eq|ne|lts|ltu|les|leu|ges)(i?)(?:\.(i32|i64))?$/.exec(name),
);

/**
 * Function `index` of a program to machine code, in steps: yields the instructions that it went through. Throws an `Error` with a sentence for
 * what native code lacks.
 */
export function* functionSteps(m: ModuleState, inliner: Inliner, index: number): Steps<void> {
  const body = inliner.body(index);
  const size = body.blocks.reduce((sum, { instrs }) => sum + instrs.length, 0);
  yield size;
  const live = livenessOf(body);
  splitLocals(body, live);
  yield size;
  yield* rangeSteps(body);
  yield* simplifySteps(body, size);
  const frame = body.f.frame > 0 ? body.classes.push("n") - 1 : -1;
  const places = allocate(body, live, frame);
  yield size;
  yield* new FunctionWriter(new Emitter(m, body, index, places, frame), inliner.code).write();
}

class FunctionWriter {
  readonly e: Emitter;
  readonly code: Code;
  readonly call: Writer;
  readonly host: Writer;
  readonly steps: StackStep[] = [];

  constructor(e: Emitter, code: Code) {
    this.e = e;
    this.code = code;
    this.call = call((fn) => code.fns[fn]);
    this.host = callHost((index) => code.imports[index]);
  }

  *write(): Steps<void> {
    const { e } = this;
    e.a.align(16, 0x90);
    e.a.place(e.m.fns[e.index]);
    const { f } = e.body;
    e.mark(f.lines[1] ?? 0, e.index);
    writeVector(e.m, f, this.code.files[f.file]);
    this.prologue();
    const { blocks } = e.body;
    for (let k = 0, written = 0; k < blocks.length; k++) {
      e.block = k;
      e.a.place(e.blocks[k]);
      const { instrs } = blocks[k];
      for (let n = 0; n < instrs.length; n++) {
        const i = instrs[n];
        if (i.line !== e.line || i.site !== e.site) e.mark(i.line, i.site);
        this.instr(i);
      }
      written += instrs.length;
      if (written < STEP) continue;
      yield written;
      written = 0;
    }
    e.writeStubs();
    e.m.frames.push({ from: e.m.fns[e.index].at, to: e.a.length, steps: this.steps });
    for (const t of e.tables) {
      e.a.align(4, 0x90);
      e.a.place(t.label);
      for (const target of t.targets) e.a.distance(e.blocks[target], t.label.at);
    }
  }

  instr(i: Instr): void {
    const writer = writers[i.op.number];
    if (writer !== undefined) writer(this.e, i);
    else if (i.op.name === "call") this.call(this.e, i);
    else if (i.op.name === "host") this.host(this.e, i);
    else this.jump(i);
  }

  prologue(): void {
    const { e } = this;
    const { a, body, places } = e;
    const size = (e.keptBytes + 8 * places.slots + outgoing(body, this.code) + 15) & ~15;
    e.mark(body.f.lines[1] ?? 0, e.index);
    const { steps } = this;
    const step = (what: StackStep["what"], n: number): void => {
      steps.push({ at: a.length - e.m.fns[e.index].at, what, n });
    };
    a.o(x.push, 0, rbp);
    step("push", rbp);
    a.rr(x.mov, 8, rbp, rsp);
    step("frame", rbp);
    for (const r of places.kept) {
      a.o(x.push, 0, r);
      step("push", r);
    }
    if (size >= 4096) {
      a.rm(x.lea, 8, rax, rbp, -size);
      a.rm(aluRm[alu.cmp], 8, rax, r14, environment.limit);
      e.trapIf(cc.b, "stack overflow");
    }
    if (size > e.keptBytes) {
      e.aluImm(alu.sub, 8, rsp, size - e.keptBytes);
      step("take", size - e.keptBytes);
    }
    if (places.calls && size < 4096) {
      a.rm(aluRm[alu.cmp], 8, rsp, r14, environment.limit);
      e.trapIf(cc.b, "stack overflow");
    }
    if (places.calls && e.m.fiber !== undefined) e.poll();
    if (body.f.frame > 0) {
      a.rm(x.mov, 4, rax, r14, environment.sp);
      e.aluImm(alu.sub, 4, rax, body.f.frame);
      a.rm(aluRm[alu.cmp], 4, rax, r14, environment.spLow);
      e.trapIf(cc.l, "stack overflow");
      a.rm(x.store, 4, rax, r14, environment.sp);
    }
    this.parameters();
    if (e.frame >= 0 && e.where(e.frame) !== NOWHERE) {
      const home = e.result(e.frame, rax);
      a.rm(x.mov, 4, rax, r14, environment.sp);
      a.rm(x.lea, 8, home, r15, 0, rax, 1);
      if (home === rax) a.rm(x.store, 8, rax, rbp, e.slot(e.frame));
    }
  }

  /** Parameters from where they arrive to where they live. */
  parameters(): void {
    const { e } = this;
    const { a } = e;
    const { params } = e.body.f;
    const from = incoming(params);
    const sources: number[] = [];
    const to: number[] = [];
    let classes = "";
    [...params].forEach((c, v) => {
      const w = e.where(v);
      if (w === NOWHERE || from[v] < 0) return;
      const isFloat = c === "f" || c === "d";
      if (w >= 0) {
        sources.push(from[v]);
        to.push(w);
        classes += isFloat ? "d" : "l";
      } else if (isFloat) a.rm(x.storesd, 0, from[v], rbp, e.slot(v));
      else a.rm(x.store, 8, from[v], rbp, e.slot(v));
    });
    moveRegisters(e, sources, to, classes, false);
    moveRegisters(e, sources, to, classes, true);
    let at = 16;
    [...params].forEach((c, v) => {
      if (from[v] >= 0) return;
      const w = e.where(v);
      if (w !== NOWHERE && w >= 0 && (c === "f" || c === "d")) a.rm(x.movsd, 0, w, rbp, at);
      else if (w !== NOWHERE) {
        const reg = e.result(v, rax);
        a.rm(x.mov, c === "l" || c === "d" ? 8 : 4, reg, rbp, at);
        if (w < 0) a.rm(x.store, 8, reg, rbp, e.slot(v));
      }
      at += 8;
    });
  }

  // ---- jumps

  jump(i: Instr): void {
    const { e } = this;
    const { name } = i.op;
    if (!i.targets.some((t) => t <= e.block)) {
      // forwards
    } else if (e.m.fiber !== undefined) e.poll();
    else {
      e.a.rm(aluRm[alu.cmp], 8, rsp, r14, environment.limit);
      e.trapIf(cc.b, "stopped");
    }
    if (name === "jmp") {
      if (i.targets[0] !== e.block + 1) e.a.j(x.jmp, e.blocks[i.targets[0]], x.jmpShort);
    } else if (name === "switch") this.table(i);
    else if (name === "trap") e.a.j(x.jmp, e.trap(i.imm[0]));
    else if (name === "trap.text") {
      const at = e.reg(i.uses[0], rax, 4);
      e.a.rm(x.store, 8, at, r14, environment.text);
      const n = e.reg(i.uses[1], rax, 8);
      e.a.rm(x.store, 8, n, r14, environment.textBytes);
      e.a.j(x.jmp, e.trap(i.imm[0]));
    } else if (i.test !== undefined) this.merged(i, i.test);
    else {
      const m = jumps[i.op.number];
      if (m === null || m === undefined) throw new Error(`native code has no \`${name}\``);
      if (m[3] === undefined) {
        const r = e.reg(i.uses[0], rax, 4);
        e.a.rr(x.test, 4, r, r);
        this.branch(m[1] === "t" || m[1] === "nonnull" ? cc.ne : cc.e, i.targets[0]);
        return;
      }
      const w = m[3] === "i64" ? 8 : 4;
      const cond = conditionOf[m[1]];
      if (m[2] === "") this.branch(compare(e, i.uses[0], i.uses[1], w, cond), i.targets[0]);
      else {
        const r = e.reg(i.uses[0], rax, w);
        if (i.imm[0] === 0) e.a.rr(x.test, w, r, r);
        else e.aluImm(alu.cmp, w, r, i.imm[0]);
        this.branch(cond, i.targets[0]);
      }
    }
  }

  branch(cond: number, target: number): void {
    const { e } = this;
    e.a.j(jcc[cond], e.blocks[target], jccShort[cond]);
  }

  /** `jt` or `jf` on a comparison. */
  merged(i: Instr, test: Op): void {
    const { e } = this;
    const [word, type] = test.name.split(".");
    const wanted = i.op.name === "jt";
    const t = i.targets[0];
    if (type === "f64" || type === "f32") {
      compareFloats(e, word, i.uses, type === "f64");
      if (word === "lt") this.branch(wanted ? cc.a : cc.be, t);
      else if (word === "le") this.branch(wanted ? cc.ae : cc.b, t);
      else if ((word === "ne") === wanted) {
        this.branch(cc.p, t);
        this.branch(cc.ne, t);
      } else {
        // Equal and ordered: the fall-through lies behind two bytes of jump.
        const next = e.blocks[e.block + 1];
        e.a.j(jcc[cc.p], next);
        this.branch(cc.e, t);
      }
      return;
    }
    const cond = compare(e, i.uses[0], i.uses[1], type === "i64" ? 8 : 4, conditionOf[word]);
    this.branch(wanted ? cond : cond ^ 1, t);
  }

  table(i: Instr): void {
    const { e } = this;
    const { a } = e;
    const n = i.targets.length - 1;
    e.to(rcx, i.uses[0], 4);
    e.aluImm(alu.cmp, 4, rcx, n);
    this.branch(cc.ae, i.targets[n]);
    if (n === 0) return;
    const label = e.newLabel();
    e.tables.push({ label, targets: i.targets.slice(0, n) });
    a.rip(x.lea, 8, rax, label);
    a.rm(x.movsxd, 8, rcx, rax, 0, rcx, 4);
    a.rr(aluRm[alu.add], 8, rax, rcx);
    a.rr(x.jmpRm, 0, 0, rax);
  }
}

/** Most bytes of stack that arguments of its calls take. */
function outgoing(body: Body, code: Code): number {
  let most = 0;
  for (const b of body.blocks)
    for (const i of b.instrs) {
      if (i.op.name === "call") most = Math.max(most, stackBytes(code.fns[i.imm[0]].params));
      else if (i.op.name === "calli")
        most = Math.max(most, stackBytes(code.sigs[i.imm[0]].split(":")[0]));
    }
  return most;
}
