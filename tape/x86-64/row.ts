/** What one row of the instruction table says, and how it is written down. */

/** How the operands of a row lie in the instruction, in the order in which they are printed. */
export type Shape =
  /** reg, rm */
  | "RM"
  /** rm, reg */
  | "MR"
  /** rm */
  | "M"
  /** rm, immediate */
  | "MI"
  /** rm, cl */
  | "MC"
  /** reg, rm, immediate */
  | "RMI"
  /** rm, reg, immediate */
  | "MRI"
  /** reg, second register, rm (VEX) */
  | "RVM"
  /** reg, second register, rm, immediate (VEX) */
  | "RVMI"
  /** second register, rm, immediate (VEX, opcode extension in reg) */
  | "VMI"
  /** register in the opcode */
  | "O"
  /** register in the opcode, immediate of the operand's size */
  | "OI"
  /** relative target */
  | "J"
  /** nothing */
  | "Z";

/**
 * Kind of an operand: `g` general register of the instruction's size, `b` 8, `h` 16, `d` 32, `q` 64 bits; `m` memory without a
 * size; `x1` to `x16` vector register or so many bytes of memory, `y` vector register of 32 bytes; `-` none.
 */
export type Operand =
  | "g"
  | "b"
  | "h"
  | "d"
  | "q"
  | "m"
  | "x1"
  | "x2"
  | "x4"
  | "x8"
  | "x16"
  | "y"
  | "-";

export interface Row {
  /** Name as disassemblers print it. */
  readonly name: string;
  readonly shape: Shape;
  readonly reg: Operand;
  readonly rm: Operand;
  /** Mandatory prefix, or 0. */
  readonly prefix: number;
  /** Opcode map: 0 one byte, 1 0F, 2 0F38, 3 0F3A. */
  readonly map: number;
  readonly opcode: number;
  /** Opcode extension in ModRM, or -1. */
  readonly digit: number;
  /** Sizes of operands in bytes that the row takes; 0 where the size is fixed. */
  readonly sizes: readonly number[];
  /** Bytes of the immediate or relative target; 16-bit operands shorten 4 to 2. */
  readonly imm: number;
  /** Bits L and W of the VEX prefix (2 and 1), or -1 for none. */
  readonly vex: number;
}

const prefixes = new Set(["66", "F2", "F3"]);
const sizeOf: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, "-": 0 };

/**
 * A row from the manual's notation: `code` is the mandatory prefix, the map's bytes and the opcode in hex, `/digit` last; `sizes` are letters
 * (b, w, d, q).
 */
export function row(
  name: string,
  shape: Shape,
  operands: string,
  code: string,
  sizes: string,
  imm = 0,
): Row {
  const [reg, rm] = operands.split(" ") as [Operand, Operand];
  const [bytes, digit] = code.split("/");
  const list = bytes.split(" ");
  const prefix = prefixes.has(list[0]) && list.length > 1 ? Number.parseInt(list[0], 16) : 0;
  const rest = prefix === 0 ? list : list.slice(1);
  const map = rest[0] !== "0F" || rest.length === 1 ? 0 : rest[1] === "38" ? 2 : 1;
  const third = map === 1 && rest[1] === "3A" && rest.length > 2;
  return {
    name,
    shape,
    reg,
    rm,
    prefix,
    map: third ? 3 : map,
    opcode: Number.parseInt(rest[rest.length - 1], 16),
    digit: digit === undefined ? -1 : Number(digit),
    sizes: [...sizes].map((s) => sizeOf[s]),
    imm,
    vex: -1,
  };
}

/** A row with a VEX prefix: `code` is the mandatory prefix, map and opcode in hex; 256 bits with `L`, 64-bit form with `W` in front. */
export function vexRow(name: string, shape: Shape, operands: string, code: string, imm = 0): Row {
  const [, flags, rest] = /^([LW]*) ?(.*)$/.exec(code) ?? [];
  const bits = (flags.includes("L") ? 2 : 0) | (flags.includes("W") ? 1 : 0);
  return { ...row(name, shape, operands, rest, "-", imm), vex: bits };
}
