/**
 * Reads instructions of the table back: their length and their text as disassemblers print it (Intel syntax).
 *
 * Invariant: bytes that no row describes give undefined, never a guess.
 */
import { registerName } from "./registers.ts";
import type { Operand, Row } from "./row.ts";
import { rows } from "./rows.ts";

export interface Decoded {
  readonly row: Row;
  /** Bytes of the whole instruction. */
  readonly size: number;
  /** Operands of the instruction in bytes. */
  readonly width: number;
  /** Operands as text. */
  readonly operands: string;
  /** Target of a jump or call, or -1. */
  readonly target: number;
}

const index = new Map<number, Row[]>();
const key = (prefix: number, map: number, opcode: number): number =>
  (prefix << 16) | (map << 8) | opcode;
/** Rows with VEX by the same key and its bits. */
const vexIndex = new Map<number, Row[]>();
for (const r of rows) {
  if (r.vex >= 0) {
    const k = (r.vex << 24) | key(r.prefix, r.map, r.opcode);
    vexIndex.set(k, [...(vexIndex.get(k) ?? []), r]);
    continue;
  }
  const opcodes = r.shape === "O" || r.shape === "OI" ? 8 : 1;
  for (let i = 0; i < opcodes; i++) {
    const k = key(r.prefix, r.map, r.opcode + i);
    index.set(k, [...(index.get(k) ?? []), r]);
  }
}

const hex = (v: number): string => (v < 0 ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`);
const words: Readonly<Record<number, string>> = { 1: "BYTE", 2: "WORD", 4: "DWORD", 8: "QWORD" };

function bytesOf(o: Operand, width: number): number {
  if (o === "g") return width;
  return { b: 1, h: 2, d: 4, q: 8, x1: 1, x2: 2, x4: 4, x8: 8, x16: 16, y: 32, m: 0, "-": 0 }[o];
}

function registerText(o: Operand, n: number, width: number): string {
  if (o === "y") return `ymm${n}`;
  return o[0] === "x" ? `xmm${n}` : registerName(n, bytesOf(o, width));
}

/** An instruction behind a VEX prefix of two (C5) or three (C4) bytes. */
function decodeVex(code: Uint8Array, at: number): Decoded | undefined {
  const long = code[at] === 0xc4;
  const [first, last] = [code[at + 1], code[at + (long ? 2 : 1)]];
  const opcode = code[at + (long ? 3 : 2)];
  if (opcode === undefined) return undefined;
  const map = long ? first & 31 : 1;
  const prefix = [0, 0x66, 0xf3, 0xf2][last & 3];
  const bits = ((last >> 1) & 2) | (long ? last >> 7 : 0);
  const inverted = (first & 0x80 ? 0 : 4) | (long && !(first & 0x40) ? 2 : 0);
  const rex = inverted | (long && !(first & 0x20) ? 1 : 0);
  const second = (~last >> 3) & 15;
  const next = at + (long ? 4 : 3);
  for (const r of vexIndex.get((bits << 24) | key(prefix, map, opcode)) ?? []) {
    const has = r.shape === "RVM" || r.shape === "RVMI" || r.shape === "VMI";
    if (!has && second !== 0) continue;
    if (r.digit >= 0 && ((code[next] >> 3) & 7) !== r.digit) continue;
    const done = operandsOf(code, at, next, r, rex, (bits & 1) === 1 ? 8 : 4, second);
    if (done !== undefined) return done;
  }
  return undefined;
}

/** The instruction at `at`, or undefined. */
export function decode(code: Uint8Array, at: number): Decoded | undefined {
  if (code[at] === 0xc4 || code[at] === 0xc5) return decodeVex(code, at);
  let i = at;
  const seen: number[] = [];
  while (code[i] === 0x66 || code[i] === 0xf2 || code[i] === 0xf3) seen.push(code[i++]);
  const rex = (code[i] & 0xf0) === 0x40 ? code[i++] : 0;
  let map = 0;
  if (code[i] === 0x0f) {
    map = 1;
    i++;
    if (code[i] === 0x38 || code[i] === 0x3a) map = code[i++] === 0x38 ? 2 : 3;
  }
  const opcode = code[i++];
  if (opcode === undefined) return undefined;
  const w = (rex & 8) !== 0 ? 8 : 4;
  for (const prefix of [0, ...seen]) {
    const rest = seen.filter((p) => p !== prefix);
    if (rest.length > 1 || (rest.length === 1 && rest[0] !== 0x66)) continue;
    const width = rest.length === 1 ? 2 : w;
    for (const r of index.get(key(prefix, map, opcode)) ?? []) {
      const fixed = r.sizes[0] === 0;
      if (fixed ? rest.length === 1 : !r.sizes.includes(width)) continue;
      if (r.digit >= 0 && ((code[i] >> 3) & 7) !== r.digit) continue;
      const done = operandsOf(code, at, i, r, rex, width);
      if (done !== undefined) return done;
    }
  }
  return undefined;
}

function signed(code: Uint8Array, at: number, n: number): number {
  if (n === 1) return (code[at] << 24) >> 24;
  if (n === 2) return ((code[at] | (code[at + 1] << 8)) << 16) >> 16;
  return code[at] | (code[at + 1] << 8) | (code[at + 2] << 16) | (code[at + 3] << 24);
}

/** An immediate as disassemblers show it: sign-extended to the operand, then unsigned. */
function immediateText(v: number, width: number): string {
  if (v >= 0) return hex(v);
  const bits = BigInt.asUintN(width * 8, BigInt(v));
  return `0x${bits.toString(16)}`;
}

function operandsOf(
  code: Uint8Array,
  at: number,
  from: number,
  r: Row,
  rex: number,
  width: number,
  second = 0,
): Decoded | undefined {
  let i = from;
  const done = (operands: string, size: number, target = -1): Decoded | undefined =>
    at + size > code.length ? undefined : { row: r, size, width, operands, target };
  if (r.shape === "Z") return done("", i - at);
  if (r.shape === "J") {
    const target = i + r.imm + signed(code, i, r.imm);
    return done(hex(target), i + r.imm - at, target);
  }
  if (r.shape === "O" || r.shape === "OI") {
    const reg = registerText(r.reg, (code[i - 1] & 7) | ((rex & 1) << 3), width);
    if (r.shape === "O") return done(reg, i - at);
    const n = width === 8 ? 8 : 4;
    let v = 0n;
    for (let k = n - 1; k >= 0; k--) v = (v << 8n) | BigInt(code[i + k] ?? 0);
    return done(`${reg},0x${v.toString(16)}`, i + n - at);
  }
  const modrm = code[i++];
  const rmType = r.rm;
  let rm: string;
  if (modrm >= 0xc0) {
    if (rmType === "m") return undefined;
    rm = registerText(rmType, (modrm & 7) | ((rex & 1) << 3), width);
  } else {
    const m = memoryText(code, i, modrm, rex);
    i = m.next;
    const n = bytesOf(rmType, width);
    const word = n === 32 ? "YMMWORD" : (words[n] ?? "XMMWORD");
    rm = n === 0 ? m.text : `${word} PTR ${m.text}`;
  }
  const reg = registerText(
    r.reg === "-" ? "g" : r.reg,
    ((modrm >> 3) & 7) | ((rex & 4) << 1),
    width,
  );
  const imm = r.imm === 4 && width === 2 ? 2 : r.imm;
  const size = i + imm - at;
  const v = imm === 0 ? "" : immediateText(signed(code, i, imm), immediateWidth(r, width));
  switch (r.shape) {
    case "RM":
      return done(`${reg},${rm}`, size);
    case "MR":
      return done(`${rm},${reg}`, size);
    case "M":
      return done(rm, size);
    case "MI":
      return done(`${rm},${v}`, size);
    case "MRI":
      return done(`${rm},${reg},${v}`, size);
    case "RVM":
      return done(`${reg},${registerText(r.reg, second, width)},${rm}`, size);
    case "RVMI":
      return done(`${reg},${registerText(r.reg, second, width)},${rm},${v}`, size);
    case "VMI":
      return done(`${registerText(rmType, second, width)},${rm},${v}`, size);
    case "MC":
      return done(`${rm},cl`, size);
    default:
      return done(`${reg},${rm},${v}`, size);
  }
}

function immediateWidth(r: Row, width: number): number {
  // Counts of shifts and numbers of bits are not extended.
  if (r.rm === "b" || r.opcode === 0xc1 || r.opcode === 0xba) return 1;
  return r.rm[0] === "x" || r.rm === "y" || r.vex >= 0 || r.reg[0] === "x" ? 1 : width;
}

function memoryText(
  code: Uint8Array,
  from: number,
  modrm: number,
  rex: number,
): { text: string; next: number } {
  let i = from;
  const mode = modrm >> 6;
  let base = (modrm & 7) | ((rex & 1) << 3);
  let parts: string[] = [];
  if ((modrm & 7) === 4) {
    const sib = code[i++];
    base = (sib & 7) | ((rex & 1) << 3);
    const ix = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if (!(mode === 0 && (sib & 7) === 5)) parts.push(registerName(base, 8));
    if (ix !== 4) parts.push(`${registerName(ix, 8)}*${1 << (sib >> 6)}`);
    if (mode === 0 && (sib & 7) === 5)
      return { text: `[${parts.join("+")}${signedText(signed(code, i, 4))}]`, next: i + 4 };
  } else if (mode === 0 && (modrm & 7) === 5) {
    return { text: `[rip${signedText(signed(code, i, 4))}]`, next: i + 4 };
  } else parts = [registerName(base, 8)];
  const n = mode === 0 ? 0 : mode === 1 ? 1 : 4;
  const disp = n === 0 ? "" : signedText(signed(code, i, n));
  return { text: `[${parts.join("+")}${disp}]`, next: i + n };
}

function signedText(v: number): string {
  return v < 0 ? `-0x${(-v).toString(16)}` : `+0x${v.toString(16)}`;
}

/** One instruction as text. */
export function textOf(d: Decoded): string {
  let { name } = d.row;
  if (d.row.shape === "OI" && d.width === 8) name = "movabs";
  const isX = d.row.reg === "x16" && d.row.rm === "g" && d.row.name === "mov";
  if (isX) name = d.width === 8 ? "movq" : "movd";
  return d.operands === "" ? name : `${name} ${d.operands}`;
}
