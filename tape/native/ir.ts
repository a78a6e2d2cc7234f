/**
 * A function's instructions as the compiler works on them: operands apart, constants as operands, blocks.
 *
 * Operands are numbers: a register of the function (or a fresh one after its registers) when 0 or more, else constant
 * `-1 - operand` of the body. Invariant: instructions of a block lie in a row; only the last one jumps.
 */
import { type Op, ops, opNumber } from "../bytecode/op-table.ts";
import type { FnCode } from "../bytecode/program.ts";

export interface Instr {
  op: Op;
  line: number;
  /** Registers that it writes. */
  defs: number[];
  /** Operands that it reads. */
  uses: number[];
  /** Immediates in the table's order; lists follow: the callee of a call, the offset of an access. */
  readonly imm: number[];
  /** Blocks that it may jump to, without the one that follows. */
  readonly targets: number[];
  /** For an access: factor of the index, which is the last of `uses`; 0 when there is none. */
  scale: number;
  /** For an access: the index is known to lie in 0 to this, exclusive; 0 when it is not. */
  below: number;
  /** The function that it comes from, or a site of `inline.ts`. */
  site: number;
  /** For a conditional jump: the comparison that was merged into it. */
  test: Op | undefined;
  /** For a check of an index: it always passes. */
  proved: boolean;
}

export interface Block {
  instrs: Instr[];
  /** Blocks that it may go to. */
  readonly next: number[];
  /** Loops around it. */
  depth: number;
}

/** A constant: 64 bits in two halves; `frame` counts from this call's frame in linear memory. */
export interface Constant {
  readonly kind: "int" | "wide" | "f32" | "f64" | "frame";
  readonly lo: number;
  readonly hi: number;
}

export interface Body {
  readonly f: FnCode;
  readonly blocks: Block[];
  readonly constants: Constant[];
  /** Class of each register, fresh ones too. */
  readonly classes: string[];
}

const CALLS = new Set(["call", "calli", "host"].map(opNumber));
const SWITCH = opNumber("switch");
const RET = opNumber("ret");

/** Reads verified bytecode. */
export function bodyOf(f: FnCode): Body {
  const { code } = f;
  const startsBlock = new Uint8Array(code.length + 1);
  startsBlock[0] = 1;
  const all: { at: number; instr: Instr }[] = [];
  let line = 0;
  let next = 0;
  for (let at = 0; at < code.length; ) {
    while (next < f.lines.length && f.lines[next] <= at) {
      line = f.lines[next + 1];
      next += 2;
    }
    const instr = blank(ops[code[at]], line);
    const end = read(code, at, instr);
    for (const t of instr.targets) startsBlock[t] = 1;
    if (instr.targets.length > 0 || instr.op.ends) startsBlock[end] = 1;
    all.push({ at, instr });
    at = end;
  }
  const blockAt = new Int32Array(code.length + 1).fill(-1);
  const blocks: Block[] = [];
  for (const { at, instr } of all) {
    if (startsBlock[at] === 1) {
      blockAt[at] = blocks.length;
      blocks.push({ instrs: [], next: [], depth: 0 });
    }
    blocks[blocks.length - 1].instrs.push(instr);
  }
  blocks.forEach((b, i) => {
    const last = b.instrs[b.instrs.length - 1];
    for (let k = 0; k < last.targets.length; k++) {
      last.targets[k] = blockAt[last.targets[k]];
      b.next.push(last.targets[k]);
    }
    if (!last.op.ends) b.next.push(i + 1);
    for (const t of b.next) if (t <= i) for (let k = t; k <= i; k++) blocks[k].depth++;
  });
  return { f, blocks, constants: [], classes: [...f.regs] };
}

/** Which operations can have definitions, uses, immediates and targets: the others share lists that stay empty. */
const [DEFS, USES, IMM, TARGETS] = [1, 2, 4, 8];
const has = Uint8Array.from(ops, (op) => {
  const lists = CALLS.has(op.number) ? DEFS | USES : op.number === RET ? USES : 0;
  return op.operands.reduce(
    (bits, { role }) => {
      if (role === "def") return bits | DEFS;
      if (role === "use") return bits | USES;
      if (role === "target") return bits | TARGETS;
      return role === "list" ? bits : bits | IMM;
    },
    op.number === SWITCH ? TARGETS : lists,
  );
});
const NONE: number[] = [];

function blank(op: Op, line: number): Instr {
  const bits = has[op.number];
  return {
    op,
    line,
    defs: (bits & DEFS) !== 0 ? [] : NONE,
    uses: (bits & USES) !== 0 ? [] : NONE,
    imm: (bits & IMM) !== 0 ? [] : NONE,
    targets: (bits & TARGETS) !== 0 ? [] : NONE,
    scale: 0,
    below: 0,
    site: 0,
    test: undefined,
    proved: false,
  };
}

/** Fills an instruction from the words at `at`; gives where the next one starts. */
function read(code: Int32Array, at: number, instr: Instr): number {
  const { op } = instr;
  for (let k = 0; k < op.operands.length; k++) {
    const v = code[at + 1 + k];
    const { role } = op.operands[k];
    if (role === "def") instr.defs.push(v);
    else if (role === "use") instr.uses.push(v);
    else if (role === "target") instr.targets.push(v);
    else if (role !== "list") instr.imm.push(v);
  }
  let end = at + op.size;
  if (op.number === SWITCH) {
    const n = code[at + 2];
    for (let i = 0; i <= n; i++) instr.targets.push(code[end + i]);
    end += n + 1;
  } else if (op.number === RET) {
    const n = code[at + 1];
    for (let i = 0; i < n; i++) instr.uses.push(code[end + i]);
    end += n;
  } else if (CALLS.has(op.number)) {
    const n = code[end - 1];
    const results = code[end];
    for (let i = 1; i <= n; i++) instr.uses.push(code[end + i]);
    for (let i = 1; i <= results; i++) instr.defs.push(code[end + n + i]);
    end += 1 + n + results;
  }
  return end;
}

/** The constant that an operand below 0 stands for. */
export function constantOf(body: Body, use: number): Constant {
  return body.constants[-1 - use];
}

/** The operand for a constant. */
export function addConstant(body: Body, c: Constant): number {
  body.constants.push(c);
  return -body.constants.length;
}
