/**
 * A function's instructions as the compiler works on them: operands apart, constants as operands, blocks.
 *
 * Operands are numbers: a register of the function (or a fresh one after its registers) when 0 or more, else constant
 * `-1 - operand` of the body. Invariant: instructions of a block lie in a row; only the last one jumps.
 */
import { type Op, ops, opNumber } from "../bytecode/op-table.ts";
import type { FnCode } from "../bytecode/program.ts";
import { Room } from "./room.ts";

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

const places = new Room();

/** Reads verified bytecode. */
export function bodyOf(f: FnCode): Body {
  const { code, lines } = f;
  // where blocks start: 1, then the block's number
  const blockAt = places.take(code.length + 1, 0);
  blockAt[0] = 1;
  const starts: number[] = [];
  const all: Instr[] = [];
  let line = 0;
  let next = 0;
  for (let at = 0; at < code.length; ) {
    while (next < lines.length && lines[next] <= at) {
      line = lines[next + 1];
      next += 2;
    }
    const instr = read(code, at, line);
    starts.push(at);
    all.push(instr);
    at = readEnd;
    const { targets } = instr;
    for (let k = 0; k < targets.length; k++) blockAt[targets[k]] = 1;
    if (targets.length > 0 || instr.op.ends) blockAt[at] = 1;
  }
  const blocks: Block[] = [];
  for (let first = 0; first < all.length; ) {
    let end = first + 1;
    while (end < all.length && blockAt[starts[end]] === 0) end++;
    blockAt[starts[first]] = blocks.length;
    blocks.push({ instrs: all.slice(first, end), next: [], depth: 0 });
    first = end;
  }
  for (let i = 0; i < blocks.length; i++) {
    const { instrs, next } = blocks[i];
    const { targets, op } = instrs[instrs.length - 1];
    for (let k = 0; k < targets.length; k++) {
      targets[k] = blockAt[targets[k]];
      next.push(targets[k]);
    }
    if (!op.ends) next.push(i + 1);
    for (let n = 0; n < next.length; n++)
      if (next[n] <= i) for (let k = next[n]; k <= i; k++) blocks[k].depth++;
  }
  return { f, blocks, constants: [], classes: [...f.regs] };
}

/** The instructions of a function without jumps, or null when it has some, or more than `most` instructions. */
export function straightOf(f: FnCode, most: number): Instr[] | null {
  const { code, lines } = f;
  const out: Instr[] = [];
  let line = 0;
  let next = 0;
  for (let at = 0; at < code.length; at = readEnd) {
    while (next < lines.length && lines[next] <= at) {
      line = lines[next + 1];
      next += 2;
    }
    const instr = read(code, at, line);
    if (out.push(instr) > most || instr.targets.length > 0) return null;
    if (instr.op.ends && readEnd < code.length) return null;
  }
  return out;
}

/** Where the operands of each operation stand behind its number, by what they are. */
const placesOf = (role: (role: string) => boolean): readonly (readonly number[])[] =>
  ops.map((op) => op.operands.flatMap((operand, k) => (role(operand.role) ? [k + 1] : [])));
const DEFS = placesOf((role) => role === "def");
const USES = placesOf((role) => role === "use");
const TARGETS = placesOf((role) => role === "target");
const IMM = placesOf((role) => !["def", "use", "target", "list"].includes(role));
/** What operations share that never have such operands. */
const NONE: number[] = [];

/** Operands of one kind: a list of just their number, since most have one or two and lists that grow take room for many. */
function operands(code: Int32Array, at: number, places: readonly number[]): number[] {
  switch (places.length) {
    case 0:
      return NONE;
    case 1:
      return [code[at + places[0]]];
    case 2:
      return [code[at + places[0]], code[at + places[1]]];
    default:
      return places.map((k) => code[at + k]);
  }
}

function words(code: Int32Array, from: number, count: number): number[] {
  if (count === 0) return NONE;
  if (count === 1) return [code[from]];
  const out: number[] = [];
  for (let k = 0; k < count; k++) out.push(code[from + k]);
  return out;
}

const joined = (a: number[], b: number[]): number[] =>
  b.length === 0 ? a : a.length === 0 ? b : a.concat(b);

/** Where the next instruction starts, after `read`. */
let readEnd = 0;

/** The instruction at `at`. */
function read(code: Int32Array, at: number, line: number): Instr {
  const number = code[at];
  const op = ops[number];
  let end = at + op.size;
  let defs = operands(code, at, DEFS[number]);
  let uses = operands(code, at, USES[number]);
  const imm = operands(code, at, IMM[number]);
  let targets = operands(code, at, TARGETS[number]);
  if (number === SWITCH) {
    const n = code[at + 2] + 1;
    targets = joined(targets, words(code, end, n));
    end += n;
  } else if (number === RET) {
    const n = code[at + 1];
    uses = joined(uses, words(code, end, n));
    end += n;
  } else if (CALLS.has(number)) {
    const n = code[end - 1];
    const results = code[end];
    uses = joined(uses, words(code, end + 1, n));
    defs = joined(defs, words(code, end + 1 + n, results));
    end += 1 + n + results;
  }
  readEnd = end;
  return {
    op,
    line,
    defs,
    uses,
    imm,
    targets,
    scale: 0,
    below: 0,
    site: 0,
    test: undefined,
    proved: false,
  };
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
