/**
 * One bytecode instruction to WebAssembly. Most rows of the table carry their opcode; the rest stand here.
 *
 * Registers are locals of the same number; scratch locals follow. Traps call the imported `trap(kind, line)`;
 * where WebAssembly's own instruction traps, the host maps its message.
 */
import { ops, trapNumber, type TrapName } from "../bytecode/op-table.ts";
import type { FnCode } from "../bytecode/program.ts";
import type { Bytes } from "./bytes.ts";

const I32 = 0x7f;
const VOID = 0x40;

/** Numbers of imported helpers and of what the module holds. */
export interface Layout {
  readonly trap: number;
  readonly trapText: number;
  /** Calls and backward jumps are counted in global 1. */
  readonly fuel: boolean;
  readonly mulI64: number;
  readonly mulU64: number;
  readonly mulHi: number;
  readonly sat: Readonly<Record<string, number>>;
  readonly host: (index: number) => number;
  readonly fn: (index: number) => number;
  readonly sig: (sig: string) => number;
  readonly sigs: readonly string[];
}

/** State while a function is written. */
export interface Writing {
  readonly out: Bytes;
  readonly f: FnCode;
  readonly layout: Layout;
  /** Scratch locals: two i32, two i64. */
  readonly scratch: {
    readonly i: number;
    readonly j: number;
    readonly l: number;
    readonly m: number;
  };
  /** By number of the register, 1 for one that never holds a negative value. */
  readonly nonNegative: Uint8Array;
  /** Offsets of checks of bounds that cannot fail. */
  readonly proved: ReadonlySet<number>;
  /** Local with the frame's address, or -1. */
  readonly frame: number;
  line: number;
  /** Offset in `out` and line in turn, where the line changes. */
  readonly marks: number[];
}

const get = (w: Writing, r: number): Bytes => w.out.byte(0x20).u32(r);
const set = (w: Writing, r: number): Bytes => w.out.byte(0x21).u32(r);
const tee = (w: Writing, r: number): Bytes => w.out.byte(0x22).u32(r);
const i32 = (w: Writing, v: number): Bytes => w.out.byte(0x41).s32(v);
const i64 = (w: Writing, v: bigint): Bytes => w.out.byte(0x42).s64(v);

/** Traps when the i32 on the stack is not 0. */
export function trapIf(w: Writing, kind: TrapName): void {
  w.out.byte(0x04, VOID);
  i32(w, trapNumber(kind));
  i32(w, w.line);
  w.out.byte(0x10).u32(w.layout.trap).byte(0x00, 0x0b);
}

const memory: Record<string, [number, number]> = {
  "ld.i8": [0x2c, 0],
  "ld.u8": [0x2d, 0],
  "ld.i16": [0x2e, 1],
  "ld.u16": [0x2f, 1],
  "ld.i32": [0x28, 2],
  "ld.i64": [0x29, 3],
  "ld.f32": [0x2a, 2],
  "ld.f64": [0x2b, 3],
  "ld.ptr": [0x28, 2],
  "st.8": [0x3a, 0],
  "st.16": [0x3b, 1],
  "st.32": [0x36, 2],
  "st.64": [0x37, 3],
  "st.f32": [0x38, 2],
  "st.f64": [0x39, 3],
  "st.ptr": [0x37, 3],
};
const wide: Record<string, number> = {
  "shl.i64": 0x86,
  "shr.i64": 0x87,
  "shr.u64": 0x88,
  "rotl.i64": 0x89,
};
const divs: Record<string, number> = {
  "div.i32": 0x6d,
  "div.u32": 0x6e,
  "rem.i32": 0x6f,
  "rem.u32": 0x70,
  "div.i64": 0x7f,
  "div.u64": 0x80,
  "rem.i64": 0x81,
  "rem.u64": 0x82,
};
const truncs: Record<string, number> = {
  "i32.f32": 0xa8,
  "u32.f32": 0xa9,
  "i32.f64": 0xaa,
  "u32.f64": 0xab,
  "i64.f32": 0xae,
  "u64.f32": 0xaf,
  "i64.f64": 0xb0,
  "u64.f64": 0xb1,
};

/** Writes one instruction that is neither a jump nor a return. */
export function writeInstr(w: Writing, at: number): void {
  const { code } = w.f;
  const op = ops[code[at]];
  const [a, b, c, d] = [code[at + 1], code[at + 2], code[at + 3], code[at + 4]];
  const name = op.name;
  if (op.wasm !== undefined) {
    op.operands.forEach((o, k) => {
      if (o.role === "use") get(w, code[at + 1 + k]);
    });
    w.out.byte(...op.wasm);
    set(w, a);
    return;
  }
  const mem = memory[name];
  if (mem !== undefined) {
    const load = name.startsWith("ld");
    get(w, load ? b : a);
    if (!load) get(w, b);
    if (name === "st.ptr") w.out.byte(0xad);
    // A negative offset wraps around like the address sum it stands for.
    if (c < 0) {
      throw new Error("a negative offset");
    }
    w.out.byte(mem[0]).u32(0).u32(c);
    if (load) set(w, a);
    return;
  }
  if (name.startsWith("mov.")) {
    get(w, b);
    set(w, a);
    return;
  }
  if (wide[name] !== undefined) {
    get(w, b);
    get(w, c).byte(0xad, wide[name]);
    set(w, a);
    return;
  }
  if (divs[name] !== undefined || truncs[name] !== undefined) {
    get(w, b);
    if (divs[name] !== undefined) get(w, c);
    w.out.byte(divs[name] ?? truncs[name]);
    set(w, a);
    return;
  }
  if (/^(add|sub|mul|addi)\.[iu](32|64)$/.test(name)) {
    writeTrapping(w, name, a, b, c);
    return;
  }
  if (name.startsWith("sat")) {
    get(w, b);
    get(w, c).byte(0x10).u32(w.layout.sat[name]);
    set(w, a);
    return;
  }
  if (name.startsWith("fit.") || name.startsWith("clamp.")) {
    writeFit(w, name, a, b);
    return;
  }
  if (name.startsWith("select.")) {
    get(w, c);
    get(w, d);
    get(w, b).byte(0x1b);
    set(w, a);
    return;
  }
  writeRest(w, name, at, a, b, c);
}

function writeTrapping(w: Writing, name: string, d: number, a: number, b: number): void {
  const [word, type] = name.split(".");
  const is64 = type.endsWith("64");
  const signed = type.startsWith("i");
  const t = is64 ? w.scratch.l : w.scratch.i;
  const x = is64
    ? { add: 0x7c, sub: 0x7d, xor: 0x85, and: 0x83, ltu: 0x54, lts: 0x53 }
    : { add: 0x6a, sub: 0x6b, xor: 0x73, and: 0x71, ltu: 0x49, lts: 0x48 };
  const zero = (): void => void (is64 ? i64(w, 0n) : i32(w, 0));
  const right = (): void => {
    if (word !== "addi") get(w, b);
    else if (is64) i64(w, BigInt(b));
    else i32(w, b);
  };
  if (word === "mul") {
    writeMul(w, is64, signed, d, a, b);
    return;
  }
  get(w, a);
  right();
  w.out.byte(word === "sub" ? x.sub : x.add);
  set(w, t);
  if (signed) {
    const kept = (r: number) => w.nonNegative[r] === 1;
    const up = word === "addi" ? b >= 0 : kept(b);
    if (word === "sub" && kept(a) && kept(b)) {
      get(w, t);
      set(w, d);
      return;
    }
    if (word !== "sub" && up && kept(a)) {
      // the sum of two that are not negative
      get(w, t);
      zero();
      w.out.byte(x.lts);
    } else if (word === "addi" || kept(b)) {
      // the result lies on the wrong side of `a`
      get(w, word === "sub" || !up ? a : t);
      get(w, word === "sub" || !up ? t : a).byte(x.lts);
    } else {
      get(w, a);
      if (word === "sub") get(w, b).byte(x.xor);
      else get(w, t).byte(x.xor);
      if (word === "sub") get(w, a);
      else right();
      get(w, t).byte(x.xor, x.and);
      zero();
      w.out.byte(x.lts);
    }
  } else if (word === "sub") {
    get(w, a);
    get(w, b).byte(x.ltu);
  } else {
    get(w, t);
    get(w, a).byte(x.ltu);
  }
  trapIf(w, "integer overflow");
  get(w, t);
  set(w, d);
}

function writeMul(
  w: Writing,
  is64: boolean,
  signed: boolean,
  d: number,
  a: number,
  b: number,
): void {
  if (!is64) {
    const t = w.scratch.l;
    const extend = signed ? 0xac : 0xad;
    get(w, a).byte(extend);
    get(w, b).byte(extend, 0x7e);
    tee(w, t);
    if (signed) {
      get(w, t).byte(0xa7, 0xac, 0x52);
    } else {
      i64(w, 32n);
      w.out.byte(0x88, 0x50, 0x45);
    }
    trapIf(w, "integer overflow");
    get(w, t).byte(0xa7);
    set(w, d);
    return;
  }
  // Factors of 32 bits, of 31 without a sign, cannot overflow; the rest goes to the exact helper.
  const bias = 2147483648n;
  const plain = w.nonNegative[a] === 1 && w.nonNegative[b] === 1;
  for (const factor of [a, b]) {
    get(w, factor);
    if (!signed || plain) continue;
    i64(w, bias);
    w.out.byte(0x7c);
  }
  w.out.byte(0x84);
  i64(w, signed && plain ? 31n : 32n);
  w.out.byte(0x88, 0x50, 0x04, 0x7e);
  get(w, a);
  get(w, b).byte(0x7e, 0x05);
  get(w, a);
  get(w, b);
  i32(w, w.line);
  w.out
    .byte(0x10)
    .u32(signed ? w.layout.mulI64 : w.layout.mulU64)
    .byte(0x0b);
  set(w, d);
}

function writeFit(w: Writing, name: string, d: number, a: number): void {
  const type = name.split(".")[1];
  const [low, high] = { i8: [-128, 127], u8: [0, 255], i16: [-32768, 32767], u16: [0, 65535] }[
    type
  ] ?? [0, 0];
  if (name.startsWith("fit")) {
    get(w, a);
    i32(w, low);
    w.out.byte(0x6b);
    i32(w, high - low);
    w.out.byte(0x4b);
    trapIf(w, "integer overflow");
    get(w, a);
    set(w, d);
    return;
  }
  // min(high, max(low, a)) by select
  const t = w.scratch.i;
  get(w, a);
  i32(w, low);
  get(w, a);
  i32(w, low);
  w.out.byte(0x4a, 0x1b);
  set(w, t);
  get(w, t);
  i32(w, high);
  get(w, t);
  i32(w, high);
  w.out.byte(0x48, 0x1b);
  set(w, d);
}

function writeRest(w: Writing, name: string, at: number, a: number, b: number, c: number): void {
  const { code } = w.f;
  const words = new Int32Array(2);
  const bits = new DataView(words.buffer);
  switch (name) {
    case "const.i32":
    case "const.ptr":
      i32(w, b);
      set(w, a);
      return;
    case "const.i64":
      i64(w, (BigInt(c) << 32n) | BigInt(b >>> 0));
      set(w, a);
      return;
    case "const.f32":
      bits.setInt32(0, b, true);
      w.out.byte(0x43).append(new Uint8Array(words.buffer, 0, 4));
      set(w, a);
      return;
    case "const.f64":
      bits.setInt32(0, b, true);
      bits.setInt32(4, c, true);
      w.out.byte(0x44).append(new Uint8Array(words.buffer));
      set(w, a);
      return;
    case "frame":
      get(w, w.frame);
      i32(w, b);
      w.out.byte(0x6a);
      set(w, a);
      return;
    case "fnptr":
      i32(w, b + 1);
      set(w, a);
      return;
    case "padd":
      get(w, b);
      get(w, c).byte(0xa7, 0x6a);
      set(w, a);
      return;
    case "paddi":
      get(w, b);
      i32(w, c);
      w.out.byte(0x6a);
      set(w, a);
      return;
    case "pindex":
      get(w, b);
      get(w, c).byte(0xa7);
      i32(w, code[at + 4]);
      w.out.byte(0x6c, 0x6a);
      set(w, a);
      return;
    case "ptr.i64":
      get(w, b).byte(0xad);
      set(w, a);
      return;
    case "i64.ptr":
      get(w, b).byte(0xa7);
      set(w, a);
      return;
    case "ext.u8":
    case "ext.u16":
      get(w, b);
      i32(w, name === "ext.u8" ? 255 : 65535);
      w.out.byte(0x71);
      set(w, a);
      return;
    case "bound":
      get(w, a);
      get(w, b).byte(0x5a);
      trapIf(w, "index out of range");
      return;
    case "boundi":
      if (w.proved.has(at)) return;
      get(w, a);
      i64(w, BigInt(b >>> 0));
      w.out.byte(0x5a);
      trapIf(w, "index out of range");
      return;
    case "range":
      get(w, a);
      get(w, b).byte(0x56);
      get(w, b);
      get(w, c).byte(0x56, 0x72);
      trapIf(w, "index out of range");
      return;
    case "nonnull":
      get(w, a).byte(0x45);
      trapIf(w, "null pointer");
      return;
    case "mem.copy":
    case "mem.fill":
      get(w, c);
      i64(w, 32n);
      w.out.byte(0x88, 0x50, 0x45);
      trapIf(w, "bad address");
      get(w, a);
      get(w, b);
      get(w, c).byte(0xa7, 0xfc);
      if (name === "mem.copy") w.out.u32(10).byte(0, 0);
      else w.out.u32(11).byte(0);
      return;
    case "mem.size":
      w.out.byte(0x3f, 0x00, 0xad);
      set(w, a);
      return;
    case "mem.grow":
      // A count beyond 32 bits can only fail; so does the largest one.
      i32(w, -1);
      get(w, b).byte(0xa7);
      get(w, b);
      i64(w, 32n);
      w.out.byte(0x88, 0xa7, 0x1b, 0x40, 0x00, 0xac);
      set(w, a);
      return;
    case "mulhi.u64":
      get(w, b);
      get(w, c).byte(0x10).u32(w.layout.mulHi);
      set(w, a);
      return;
    case "bits.f64":
      i64(w, 0x7ff8000000000000n);
      get(w, b).byte(0xbd);
      get(w, b);
      get(w, b).byte(0x62, 0x1b);
      set(w, a);
      return;
    case "bits.f32":
      i32(w, 0x7fc00000);
      get(w, b).byte(0xbc);
      get(w, b);
      get(w, b).byte(0x5c, 0x1b);
      set(w, a);
      return;
    case "call":
    case "calli":
    case "host":
      writeCall(w, name, at);
      return;
    default:
      throw new Error(`the WebAssembly backend has no \`${name}\``);
  }
}

function writeCall(w: Writing, name: string, at: number): void {
  const { code } = w.f;
  const end = at + (name === "calli" ? 4 : 3);
  const n = code[end - 1];
  const results = code[end];
  for (let i = 0; i < n; i++) get(w, code[end + 1 + i]);
  if (name === "call") w.out.byte(0x10).u32(w.layout.fn(code[at + 1]));
  else if (name === "host") w.out.byte(0x10).u32(w.layout.host(code[at + 1]));
  else {
    get(w, code[at + 1])
      .byte(0x11)
      .u32(w.layout.sig(w.layout.sigs[code[at + 2]]))
      .byte(0x00);
  }
  for (let i = results - 1; i >= 0; i--) set(w, code[end + 1 + n + i]);
}

export { I32, get, i32, i64, set };
