/**
 * State while a function is written, and the moves that every operation needs: from registers, frame slots and constants.
 *
 * Invariant: rax, rcx, rdx, xmm14 and xmm15 hold nothing between instructions; integers of 32 bits are zero-extended.
 */
import { type TrapName, trapNumber } from "../bytecode/op-table.ts";
import { type Assembler, Label } from "../x86-64/encode.ts";
import { r14, rax, rbp } from "../x86-64/registers.ts";
import type { Row } from "../x86-64/row.ts";
import { alu, aluMi8, aluMi32, aluRm, cc, jcc, x } from "../x86-64/rows.ts";
import { NOWHERE, type Places } from "./allocate.ts";
import { environment } from "./environment.ts";
import type { SharedCode } from "./fiber.ts";
import { type Body, type Constant, constantOf, type Instr } from "./ir.ts";

/** An instruction of a prologue: offset after it; a register pushed, the frame pointer set, bytes of stack taken. */
export interface StackStep {
  readonly at: number;
  readonly what: "push" | "frame" | "take";
  /** The register, or the bytes. */
  readonly n: number;
}

/** How a function's stack is undone, for the tables of executables. */
export interface StackFrame {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly StackStep[];
}

/** What functions of a module share. */
export interface ModuleState {
  readonly a: Assembler;
  readonly fns: Label[];
  /** Offset of the code of a trap, its kind; lines: offset, function, line. */
  readonly traps: number[];
  readonly lines: number[];
  readonly common: Label;
  readonly copy: Label;
  readonly fill: Label;
  readonly table: Label;
  readonly used: { copy: boolean; fill: boolean; table: boolean; features: number };
  /** Features of the processor that may be used. */
  readonly features: number;
  /** Constants of 8 bytes behind the code, by their bits. */
  readonly pool: Map<string, { readonly label: Label; readonly lo: number; readonly hi: number }>;
  readonly guard: boolean;
  /** Bytes of linear memory that are always there. */
  readonly initial: number;
  readonly sigs: readonly string[];
  /** Functions in the order of their code. */
  readonly frames: StackFrame[];
  /** Whether `machine.` imports are instructions. */
  readonly machine: boolean;
  /** Code that can be suspended (`fiber.ts`). */
  readonly fiber: FiberState | undefined;
  /** The library beside it. */
  readonly library: SharedCode | undefined;
}

/** The label of a function, of a library beside the module too. */
export function functionLabel(m: ModuleState, fn: number): Label {
  let label = m.fns[fn] as Label | undefined;
  if (label === undefined) {
    label = new Label();
    label.at = (m.library?.distance ?? 0) + (m.library?.fns[fn] ?? 0);
    m.fns[fn] = label;
  }
  return label;
}

/** What functions share that can be suspended. */
export interface FiberState {
  /** Code that they call: suspends for fuel, for an import, for memory. */
  readonly poll: Label;
  readonly host: Label;
  readonly grow: Label;
  /** The first so many functions are those of the shared library; their table of pointers. */
  readonly shared: number;
  readonly sharedTable: Label;
}

export const XMM14 = 14;
export const XMM15 = 15;

/** Whether a number fits a sign-extended byte. */
export const fits8 = (v: number): boolean => v >= -128 && v <= 127;

/** A look at the fuel: where to go when it is used up, and where to go on. */
interface Poll {
  readonly line: number;
  readonly site: number;
  readonly label: Label;
  readonly back: Label;
}

/** Code of a trap, written behind the function. */
interface Stub {
  readonly kind: number;
  readonly line: number;
  readonly site: number;
  readonly label: Label;
}

export class Emitter {
  readonly m: ModuleState;
  readonly a: Assembler;
  readonly body: Body;
  readonly index: number;
  readonly places: Places;
  /** Register of the body that holds the machine address of the frame, or -1. */
  readonly frame: number;
  readonly blocks: readonly Label[];
  /** Bytes below rbp before the slots. */
  readonly keptBytes: number;
  readonly stubs = new Map<string, Stub>();
  readonly polls: Poll[] = [];
  readonly tables: { readonly label: Label; readonly targets: readonly number[] }[] = [];
  line = 0;
  /** The function that the instruction comes from, or its site. */
  site = -1;
  /** Number of the block that is written. */
  block = 0;

  constructor(m: ModuleState, body: Body, index: number, places: Places, frame: number) {
    this.m = m;
    this.a = m.a;
    this.body = body;
    this.index = index;
    this.places = places;
    this.frame = frame;
    this.blocks = body.blocks.map(() => new Label());
    this.keptBytes = 8 * places.kept.length;
  }

  // ---- operands

  constant(u: number): Constant {
    return constantOf(this.body, u);
  }

  /** The constant as a number that fits a sign-extended 32-bit immediate, or undefined. */
  small(u: number): number | undefined {
    if (u >= 0) return undefined;
    const c = this.constant(u);
    if (c.kind === "int") return c.lo;
    if (c.kind === "wide" && c.hi === c.lo >> 31) return c.lo;
    return undefined;
  }

  where(v: number): number {
    return this.places.where[v];
  }

  /** The machine register of an operand, or -1. */
  inRegister(u: number): number {
    if (u < 0) return -1;
    const w = this.places.where[u];
    return w >= 0 && w !== NOWHERE ? w : -1;
  }

  /** Offset from rbp of a value in the frame. */
  slot(v: number): number {
    return -(this.keptBytes + 8 * -this.places.where[v]);
  }

  /** Bytes of an integer operand. */
  width(u: number): number {
    if (u < 0) return this.constant(u).kind === "wide" ? 8 : 4;
    return this.body.classes[u] === "l" ? 8 : 4;
  }

  // ---- integers

  movImm(reg: number, lo: number, hi: number): void {
    const { a } = this;
    if (hi === 0) {
      a.o(x.movImm, 4, reg);
      a.int32(lo);
    } else if (hi === -1 && lo < 0) {
      a.rr(x.storeImm, 8, 0, reg);
      a.int32(lo);
    } else {
      a.o(x.movImm, 8, reg);
      a.int32(lo);
      a.int32(hi);
    }
  }

  /** The address in linear memory of the frame plus `n` into a register. */
  frameTo(reg: number, n: number): void {
    this.a.rm(x.mov, 4, reg, r14, environment.sp);
    if (n !== 0) this.a.rm(x.lea, 4, reg, reg, n);
  }

  /** Puts an operand into `reg`; changes no flags. */
  to(reg: number, u: number, w: number): void {
    if (u < 0) {
      const c = this.constant(u);
      if (c.kind === "frame") this.frameTo(reg, c.lo);
      else this.movImm(reg, c.lo, c.kind === "wide" && w === 8 ? c.hi : 0);
      return;
    }
    const r = this.inRegister(u);
    if (r === reg) return;
    if (r >= 0) this.a.rr(x.mov, w, reg, r);
    else this.a.rm(x.mov, w, reg, rbp, this.slot(u));
  }

  /** A register that holds the operand: its own, else `scratch`. */
  reg(u: number, scratch: number, w: number): number {
    const r = this.inRegister(u);
    if (r >= 0) return r;
    this.to(scratch, u, w);
    return scratch;
  }

  /** `row reg, operand` for a row whose rm is general. */
  rmOp(row: Row, w: number, reg: number, u: number, scratch: number): void {
    const r = this.inRegister(u);
    if (r >= 0) this.a.rr(row, w, reg, r);
    else if (u >= 0) this.a.rm(row, w, reg, rbp, this.slot(u));
    else {
      this.to(scratch, u, w);
      this.a.rr(row, w, reg, scratch);
    }
  }

  /** `reg op= immediate`. */
  aluImm(k: number, w: number, reg: number, v: number): void {
    if (fits8(v)) {
      this.a.rr(aluMi8[k], w, 0, reg);
      this.a.imm8(v);
    } else {
      this.a.rr(aluMi32[k], w, 0, reg);
      this.a.int32(v);
    }
  }

  /** `reg op= operand`; a constant that does not fit goes through `scratch`. */
  alu(k: number, w: number, reg: number, u: number, scratch: number): void {
    const v = this.small(u);
    if (v !== undefined) this.aluImm(k, w, reg, v);
    else this.rmOp(aluRm[k], w, reg, u, scratch);
  }

  /** Where to write a result: its register, or `scratch`. */
  result(d: number, scratch: number): number {
    const w = this.places.where[d];
    return w >= 0 && w !== NOWHERE ? w : scratch;
  }

  /** Puts a result that lies in `reg` where it belongs. */
  give(d: number, reg: number): void {
    const w = this.places.where[d];
    if (w === NOWHERE || w === reg) return;
    const c = this.body.classes[d];
    const size = c === "l" ? 8 : 4;
    if (w >= 0) this.a.rr(x.mov, size, w, reg);
    else this.a.rm(x.store, size, reg, rbp, this.slot(d));
  }

  // ---- floats

  /** A label at a constant of 8 bytes. */
  poolLabel(lo: number, hi: number): Label {
    const key = `${lo} ${hi}`;
    let entry = this.m.pool.get(key);
    if (entry === undefined) {
      entry = { label: new Label(), lo, hi };
      this.m.pool.set(key, entry);
    }
    return entry.label;
  }

  /** A vector register that holds the float operand: its own, else `scratch`. */
  float(u: number, scratch: number, is64: boolean): number {
    const r = this.inRegister(u);
    if (r >= 0) return r;
    this.floatTo(scratch, u, is64);
    return scratch;
  }

  floatTo(reg: number, u: number, is64: boolean): void {
    const load = is64 ? x.movsd : x.movss;
    if (u < 0) {
      const c = this.constant(u);
      if (c.lo === 0 && c.hi === 0) this.a.rr(x.xorps, 0, reg, reg);
      else this.a.rip(load, 0, reg, this.poolLabel(c.lo, is64 ? c.hi : 0));
      return;
    }
    const r = this.inRegister(u);
    if (r === reg) return;
    if (r >= 0) this.a.rr(x.movaps, 0, reg, r);
    else this.a.rm(load, 0, reg, rbp, this.slot(u));
  }

  /** `row reg, operand` for a scalar row. */
  floatOp(row: Row, reg: number, u: number, is64: boolean): void {
    const r = this.inRegister(u);
    if (r >= 0) this.a.rr(row, 0, reg, r);
    else if (u >= 0) this.a.rm(row, 0, reg, rbp, this.slot(u));
    else {
      const c = this.constant(u);
      this.a.rip(row, 0, reg, this.poolLabel(c.lo, is64 ? c.hi : 0));
    }
  }

  giveFloat(d: number, reg: number, is64: boolean): void {
    const w = this.places.where[d];
    if (w === NOWHERE || w === reg) return;
    if (w >= 0) this.a.rr(x.movaps, 0, w, reg);
    else this.a.rm(is64 ? x.storesd : x.storess, 0, reg, rbp, this.slot(d));
  }

  // ---- traps and lines

  newLabel(): Label {
    return new Label();
  }

  /** Label of the code that traps with a kind at this line. Kind 0: eax holds the kind. */
  trap(kind: TrapName | number): Label {
    const n = typeof kind === "number" ? kind : trapNumber(kind);
    const key = `${n} ${this.line} ${this.site}`;
    let stub = this.stubs.get(key);
    if (stub === undefined) {
      stub = { kind: n, line: this.line, site: this.site, label: new Label() };
      this.stubs.set(key, stub);
    }
    return stub.label;
  }

  trapIf(cond: number, kind: TrapName | number): void {
    this.a.j(jcc[cond], this.trap(kind));
  }

  /** Notes that code from here on belongs to a line of a function or site. */
  mark(line: number, site: number): void {
    this.line = line;
    this.site = site;
    const { lines } = this.m;
    const n = lines.length;
    if (n > 0 && lines[n - 2] === site && lines[n - 1] === line) return;
    lines.push(this.a.length, site, line);
  }

  /** Takes a unit of fuel; suspends when none is left, and goes on with all registers as they are. */
  poll(): void {
    const { a } = this;
    const poll = { line: this.line, site: this.site, label: new Label(), back: new Label() };
    a.rm(aluMi8[alu.sub], 4, 0, r14, environment.fuel);
    a.imm8(1);
    a.j(jcc[cc.s], poll.label);
    a.place(poll.back);
    this.polls.push(poll);
  }

  /** Writes the code of traps, behind the function. */
  writeStubs(): void {
    const { fiber } = this.m;
    for (const { line, site, label, back } of fiber === undefined ? [] : this.polls) {
      this.a.place(label);
      this.mark(line, site);
      this.a.j(x.call, (fiber as FiberState).poll);
      this.m.traps.push(this.a.length, 0);
      this.a.j(x.jmp, back, x.jmpShort);
    }
    for (const { kind, line, site, label } of this.stubs.values()) {
      this.a.place(label);
      this.mark(line, site);
      if (kind === 0) this.a.rm(x.store, 4, rax, r14, environment.kind);
      this.a.j(x.call, this.m.common);
      this.m.traps.push(this.a.length, kind);
    }
  }
}

export { alu };
export type { Instr };
