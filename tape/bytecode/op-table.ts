/**
 * The instruction table: the one place that knows every operation of the bytecode.
 *
 * Interpreter dispatch (generated), verifier, printer, WebAssembly backend and the reference page read it. An
 * instruction is its number followed by its operands, one 32-bit word each; `call`, `calli`, `host`, `ret` and
 * `switch` are followed by lists. Invariant: numbers follow from the order of the rows, and `.tb` files carry
 * `TABLE_VERSION`, which changes with them.
 */
import { controlOps } from "./ops/control.ts";
import { convertOps } from "./ops/convert.ts";
import { floatOps } from "./ops/float.ts";
import { integerOps } from "./ops/integer.ts";
import { memoryOps } from "./ops/memory.ts";
import type { OpRow } from "./ops/row.ts";

/** Class of a register: 32- and 64-bit integer, f32, f64, address. */
export type OperandClass = "i" | "l" | "f" | "d" | "p" | "#" | "@" | "fn" | "list";

export interface Operand {
  readonly name: string;
  readonly role: "def" | "use" | "imm" | "target" | "fn" | "list";
  readonly cls: OperandClass;
}

/** One operation. */
export interface Op {
  readonly number: number;
  readonly name: string;
  readonly operands: readonly Operand[];
  /** Words without lists, the number included. */
  readonly size: number;
  readonly traps: readonly string[];
  /** Ends a basic block: control does not fall through. */
  readonly ends: boolean;
  readonly js: string;
  readonly cold: boolean;
  /** WebAssembly opcode bytes when operands in order, opcode, set result is all there is to it. */
  readonly wasm: readonly number[] | undefined;
  readonly doc: string;
}

/** Grows whenever a row is added, removed or changes its meaning. */
export const TABLE_VERSION = 1;

const rows: readonly OpRow[] = [
  ...controlOps,
  ...integerOps,
  ...floatOps,
  ...convertOps,
  ...memoryOps,
];

function operand(text: string): Operand {
  const [name, cls] = text.split(":") as [string, OperandClass];
  if (cls === "#") return { name, cls, role: "imm" };
  if (cls === "@") return { name, cls, role: "target" };
  if (cls === "fn") return { name, cls, role: "fn" };
  if (cls === "list") return { name, cls, role: "list" };
  return { name, cls, role: name === "d" ? "def" : "use" };
}

/** All operations by number. */
export const ops: readonly Op[] = rows.map((row, number) => {
  const operands = row.operands === "" ? [] : row.operands.split(" ").map(operand);
  return {
    number,
    name: row.name,
    operands,
    size: 1 + operands.filter((o) => o.role !== "list").length,
    traps: row.traps ?? [],
    ends: row.ends ?? false,
    js: row.js,
    cold: row.cold ?? false,
    wasm: row.wasm,
    doc: row.doc,
  };
});

export const opByName: ReadonlyMap<string, Op> = new Map(ops.map((op) => [op.name, op]));

/** Number of an operation by name; for use when modules load. */
export function opNumber(name: string): number {
  const op = opByName.get(name);
  if (op === undefined) throw new Error(`no operation ${name}`);
  return op.number;
}

/** Kinds of traps, by number; the same in every runtime. */
export const traps = [
  "none",
  "unreachable",
  "integer overflow",
  "division by zero",
  "index out of range",
  "null pointer",
  "number out of range",
  "stack overflow",
  "out of memory",
  "bad address",
  "bad function pointer",
  "out of fuel",
  "wrong type",
  "trap",
  "stopped",
  "test failed",
  "test skipped",
] as const;
export type TrapName = (typeof traps)[number];
export function trapNumber(name: TrapName): number {
  return traps.indexOf(name);
}
