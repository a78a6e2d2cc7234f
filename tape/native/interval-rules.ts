/** Which operations say something about 64-bit integers, by number, and arithmetic of intervals. */
import { type Op, opByName, ops } from "../bytecode/op-table.ts";

/** The bounds of an integer, exact doubles or infinite: the least value and the most. */
export type Interval = Float64Array;
export const LO = 0;
export const HI = 1;

export function unknown(out: Interval): void {
  out[LO] = -Infinity;
  out[HI] = Infinity;
}

export const kinds = {
  other: 0,
  constant: 1,
  move: 2,
  widenSigned: 3,
  widenUnsigned: 4,
  addNumber: 5,
  add: 6,
  subtract: 7,
  multiply: 8,
  remainder: 9,
  divide: 10,
  and: 11,
  bound: 12,
  boundNumber: 13,
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

const names: Readonly<Record<string, Kind | undefined>> = {
  "const.i64": kinds.constant,
  "mov.i64": kinds.move,
  "widen.i32": kinds.widenSigned,
  "widen.u32": kinds.widenUnsigned,
  "addi.i64": kinds.addNumber,
  "add.i64": kinds.add,
  "wadd.i64": kinds.add,
  "sub.i64": kinds.subtract,
  "wsub.i64": kinds.subtract,
  "mul.i64": kinds.multiply,
  "wmul.i64": kinds.multiply,
  "rem.i64": kinds.remainder,
  "div.i64": kinds.divide,
  "and.i64": kinds.and,
  bound: kinds.bound,
  boundi: kinds.boundNumber,
};
const byNumber: readonly Kind[] = ops.map((op) => names[op.name] ?? kinds.other);
export const kindOf = (op: Op): Kind => byNumber[op.number];

const plain: (Op | undefined)[] = ops.map(({ name }) => {
  const m = /^(add|addi|sub|mul)\.i64$/.exec(name);
  return m === null ? undefined : opByName.get(`w${m[1].replace("addi", "add")}.i64`);
});
/** The operation that does not check for overflow. */
export const plainOf = (op: Op): Op | undefined => plain[op.number];

/** What a way of a jump tells of its first operand: equal to, below, above, at most or at least the second. */
type Way = "eq" | "less" | "more" | "most" | "least" | "";
export interface Test {
  readonly immediate: boolean;
  readonly yes: Way;
  readonly no: Way;
}
const ways: Readonly<Record<string, readonly [Way, Way]>> = {
  eq: ["eq", ""],
  ne: ["", "eq"],
  lts: ["less", "least"],
  les: ["most", "more"],
  ges: ["least", "less"],
};
/** Conditional jumps by number of operation. */
export const tests: readonly (Test | undefined)[] = ops.map(({ name }) => {
  const m = /^j(eq|ne|lts|les|ges)(i?)\.i64$/.exec(name);
  if (m === null) return undefined;
  const [yes, no] = ways[m[1]];
  return { immediate: m[2] === "i", yes, no };
});

/** Whether sums and products that gave this double are exact: beyond it they may have been rounded. */
export const exact = (v: number): boolean => v > -(2 ** 53) && v < 2 ** 53;

/** The interval of an operation on two operands, into `out`; bounds may have been rounded (`exact`). */
export function ofTwo(kind: Kind, x: Interval, y: Interval, out: Interval): void {
  switch (kind) {
    case kinds.add:
      out[LO] = x[LO] + y[LO];
      out[HI] = x[HI] + y[HI];
      return;
    case kinds.subtract:
      out[LO] = x[LO] - y[HI];
      out[HI] = x[HI] - y[LO];
      return;
    case kinds.multiply: {
      if (!(exact(x[LO]) && exact(x[HI]) && exact(y[LO]) && exact(y[HI]))) break;
      const [a, b, c, d] = [x[LO] * y[LO], x[LO] * y[HI], x[HI] * y[LO], x[HI] * y[HI]];
      out[LO] = Math.min(a, b, c, d);
      out[HI] = Math.max(a, b, c, d);
      return;
    }
    case kinds.remainder:
      if (!(y[LO] > 0 && y[HI] < Infinity)) break;
      out[LO] = x[LO] >= 0 ? 0 : 1 - y[HI];
      out[HI] = y[HI] - 1;
      return;
    case kinds.divide:
      if (!(y[LO] > 0 && x[LO] >= 0)) break;
      out[LO] = 0;
      out[HI] = x[HI];
      return;
    case kinds.and:
      if (!(x[LO] >= 0 || y[LO] >= 0)) break;
      out[LO] = 0;
      out[HI] = Math.min(x[LO] >= 0 ? x[HI] : Infinity, y[LO] >= 0 ? y[HI] : Infinity);
      return;
  }
  unknown(out);
}
