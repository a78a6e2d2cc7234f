/**
 * The x86-64 instructions in use, one row for each form: encoder, decoder and their tests come from this table.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, opcode column of each instruction.
 */
import { type Row, row } from "./row.ts";
import { vectorRows } from "./vector-rows.ts";

/** Condition codes by their number in opcodes. */
export const conditions = [
  ..."o no b ae e ne be a s ns p np l ge le g".split(" "),
] as readonly string[];
/** Numbers of conditions. */
export const cc = {
  o: 0,
  no: 1,
  b: 2,
  ae: 3,
  e: 4,
  ne: 5,
  be: 6,
  a: 7,
  s: 8,
  ns: 9,
  p: 10,
  np: 11,
  l: 12,
  ge: 13,
  le: 14,
  g: 15,
} as const;

const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, "0");

/** The eight operations of one encoding family, by their number. */
const aluNames = "add or adc sbb and sub xor cmp".split(" ");
export const alu = { add: 0, or: 1, adc: 2, sbb: 3, and: 4, sub: 5, xor: 6, cmp: 7 } as const;
const family = (make: (name: string, k: number) => Row): readonly Row[] => aluNames.map(make);
/** reg op= rm */
export const aluRm = family((n, k) => row(n, "RM", "g g", hex(8 * k + 3), "dq"));
/** rm op= reg */
export const aluMr = family((n, k) => row(n, "MR", "g g", hex(8 * k + 1), "dq"));
export const aluMi8 = family((n, k) => row(n, "MI", "- g", `83/${k}`, "dq", 1));
export const aluMi32 = family((n, k) => row(n, "MI", "- g", `81/${k}`, "dq", 4));

/** Shifts and rotations by their opcode extension. */
export const shift = { rol: 0, ror: 1, shl: 4, shr: 5, sar: 7 } as const;
const shiftNames = ["rol", "ror", "", "", "shl", "shr", "", "sar"];
/** By an immediate. */
export const shiftMi = shiftNames.map((n, k) => row(n, "MI", "- g", `C1/${k}`, "dq", 1));
/** By cl. */
export const shiftMc = shiftNames.map((n, k) => row(n, "MC", "- g", `D3/${k}`, "dq"));

const each = (make: (name: string, k: number) => Row): readonly Row[] => conditions.map(make);
export const setcc = each((n, k) => row(`set${n}`, "M", "- b", `0F ${hex(0x90 + k)}`, "-"));
export const cmov = each((n, k) => row(`cmov${n}`, "RM", "g g", `0F ${hex(0x40 + k)}`, "dq"));
export const jcc = each((n, k) => row(`j${n}`, "J", "- -", `0F ${hex(0x80 + k)}`, "-", 4));
export const jccShort = each((n, k) => row(`j${n}`, "J", "- -", hex(0x70 + k), "-", 1));

/** Everything else, by name and form. */
export const x = {
  mov: row("mov", "RM", "g g", "8B", "dq"),
  store: row("mov", "MR", "g g", "89", "wdq"),
  store8: row("mov", "MR", "b b", "88", "-"),
  storeImm: row("mov", "MI", "- g", "C7/0", "wdq", 4),
  storeImm8: row("mov", "MI", "- b", "C6/0", "-", 1),
  movImm: row("mov", "OI", "g -", "B8", "dq", 4),
  movzx8: row("movzx", "RM", "g b", "0F B6", "d"),
  movzx16: row("movzx", "RM", "g h", "0F B7", "d"),
  movsx8: row("movsx", "RM", "g b", "0F BE", "d"),
  movsx16: row("movsx", "RM", "g h", "0F BF", "d"),
  movsxd: row("movsxd", "RM", "g d", "63", "q"),
  lea: row("lea", "RM", "g m", "8D", "dq"),
  test: row("test", "MR", "g g", "85", "dq"),
  testImm: row("test", "MI", "- g", "F7/0", "dq", 4),
  not: row("not", "M", "- g", "F7/2", "dq"),
  neg: row("neg", "M", "- g", "F7/3", "dq"),
  mul: row("mul", "M", "- g", "F7/4", "dq"),
  div: row("div", "M", "- g", "F7/6", "dq"),
  idiv: row("idiv", "M", "- g", "F7/7", "dq"),
  imul: row("imul", "RM", "g g", "0F AF", "dq"),
  imul8: row("imul", "RMI", "g g", "6B", "dq", 1),
  imul32: row("imul", "RMI", "g g", "69", "dq", 4),
  dec: row("dec", "M", "- g", "FF/1", "dq"),
  cdq: row("cdq", "Z", "- -", "99", "d"),
  cqo: row("cqo", "Z", "- -", "99", "q"),
  bsf: row("bsf", "RM", "g g", "0F BC", "dq"),
  bsr: row("bsr", "RM", "g g", "0F BD", "dq"),
  popcnt: row("popcnt", "RM", "g g", "F3 0F B8", "dq"),
  btc: row("btc", "MI", "- g", "0F BA/7", "dq", 1),
  jmp: row("jmp", "J", "- -", "E9", "-", 4),
  jmpShort: row("jmp", "J", "- -", "EB", "-", 1),
  jmpRm: row("jmp", "M", "- q", "FF/4", "-"),
  call: row("call", "J", "- -", "E8", "-", 4),
  callRm: row("call", "M", "- q", "FF/2", "-"),
  ret: row("ret", "Z", "- -", "C3", "-"),
  push: row("push", "O", "q -", "50", "-"),
  pop: row("pop", "O", "q -", "58", "-"),
  leave: row("leave", "Z", "- -", "C9", "-"),
  repMovsb: row("rep movsb", "Z", "- -", "F3 A4", "-"),
  repMovsq: row("rep movsq", "Z", "- -", "F3 A5", "q"),
  repStosq: row("rep stosq", "Z", "- -", "F3 AB", "q"),
  syscall: row("syscall", "Z", "- -", "0F 05", "-"),
  ud2: row("ud2", "Z", "- -", "0F 0B", "-"),

  movss: row("movss", "RM", "x4 x4", "F3 0F 10", "-"),
  movsd: row("movsd", "RM", "x8 x8", "F2 0F 10", "-"),
  storess: row("movss", "MR", "x4 x4", "F3 0F 11", "-"),
  storesd: row("movsd", "MR", "x8 x8", "F2 0F 11", "-"),
  movups: row("movups", "RM", "x16 x16", "0F 10", "-"),
  storeups: row("movups", "MR", "x16 x16", "0F 11", "-"),
  movaps: row("movaps", "RM", "x16 x16", "0F 28", "-"),
  movToX: row("mov", "RM", "x16 g", "66 0F 6E", "dq"),
  movFromX: row("mov", "MR", "x16 g", "66 0F 7E", "dq"),
  ucomiss: row("ucomiss", "RM", "x4 x4", "0F 2E", "-"),
  ucomisd: row("ucomisd", "RM", "x8 x8", "66 0F 2E", "-"),
  cvtsi2ss: row("cvtsi2ss", "RM", "x4 g", "F3 0F 2A", "dq"),
  cvtsi2sd: row("cvtsi2sd", "RM", "x8 g", "F2 0F 2A", "dq"),
  cvttss2si: row("cvttss2si", "RM", "g x4", "F3 0F 2C", "dq"),
  cvttsd2si: row("cvttsd2si", "RM", "g x8", "F2 0F 2C", "dq"),
  cvtss2sd: row("cvtss2sd", "RM", "x4 x4", "F3 0F 5A", "-"),
  cvtsd2ss: row("cvtsd2ss", "RM", "x8 x8", "F2 0F 5A", "-"),
  roundss: row("roundss", "RMI", "x4 x4", "66 0F 3A 0A", "-", 1),
  roundsd: row("roundsd", "RMI", "x8 x8", "66 0F 3A 0B", "-", 1),
  andps: row("andps", "RM", "x16 x16", "0F 54", "-"),
  andnps: row("andnps", "RM", "x16 x16", "0F 55", "-"),
  orps: row("orps", "RM", "x16 x16", "0F 56", "-"),
  xorps: row("xorps", "RM", "x16 x16", "0F 57", "-"),
} as const;

const scalars: readonly (readonly [string, string])[] = [
  ["sqrt", "51"],
  ["add", "58"],
  ["mul", "59"],
  ["sub", "5C"],
  ["min", "5D"],
  ["div", "5E"],
  ["max", "5F"],
];
/** Scalar float arithmetic by name. */
export const f32op: Readonly<Record<string, Row>> = Object.fromEntries(
  scalars.map(([n, code]) => [n, row(`${n}ss`, "RM", "x4 x4", `F3 0F ${code}`, "-")]),
);
export const f64op: Readonly<Record<string, Row>> = Object.fromEntries(
  scalars.map(([n, code]) => [n, row(`${n}sd`, "RM", "x8 x8", `F2 0F ${code}`, "-")]),
);

/** All rows, for the decoder and for tests. */
export const rows: readonly Row[] = [
  ...aluRm,
  ...aluMr,
  ...aluMi8,
  ...aluMi32,
  ...shiftMi.filter((r) => r.name !== ""),
  ...shiftMc.filter((r) => r.name !== ""),
  ...setcc,
  ...cmov,
  ...jcc,
  ...jccShort,
  ...Object.values(x),
  ...Object.values(f32op),
  ...Object.values(f64op),
  ...vectorRows,
];
