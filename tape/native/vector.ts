/**
 * Functions of `std/vec.tape` as the processor's own instructions, in front of their portable code.
 *
 * The instructions run where all sixteen bytes of every vector are there; else, and where the processor lacks a feature, the portable code
 * does, with its traps. Invariant: what both give is the same, bit by bit.
 */
import type { FnCode } from "../bytecode/program.ts";
import { Label } from "../x86-64/encode.ts";
import { r8, r9, r10, r11, r14, r15, rax, rdi, rsi } from "../x86-64/registers.ts";
import type { Row } from "../x86-64/row.ts";
import { alu, aluMi8, aluRm, cc, jcc, x } from "../x86-64/rows.ts";
import { aes, pclmul, sse } from "../x86-64/vector-rows.ts";
import type { ModuleState } from "./emit.ts";
import { environment } from "./environment.ts";
import { BASE_FEATURES, features } from "./processor.ts";
import { writeSha256 } from "./sha256.ts";

const LIBRARY = "std/vec.tape";
const BYTES = 16;

interface Form {
  /** Features beside the base. */
  readonly needs: number;
  /** Registers that hold addresses of vectors. */
  readonly at: readonly number[];
  readonly write: (m: ModuleState, portable: Label) => void;
}

/** out, a, b: both into registers, one instruction. */
function pair(row: Row, needs = 0): Form {
  return {
    needs,
    at: [rdi, rsi, r8],
    write: ({ a }) => {
      a.rm(x.movups, 0, 0, r15, 0, rsi, 1);
      a.rm(x.movups, 0, 1, r15, 0, r8, 1);
      a.rr(row, 0, 0, 1);
      a.rm(x.storeups, 0, 0, r15, 0, rdi, 1);
    },
  };
}

/** Leaves rax = `place` of a slice at `start` when sixteen of its `length` bytes are there. */
function within({ a }: ModuleState, start: number, length: number, portable: Label): void {
  a.rr(x.test, 8, r9, r9);
  a.j(jcc[cc.s], portable);
  a.rr(x.mov, 8, rax, length);
  a.rr(aluRm[alu.sub], 8, rax, r9);
  a.rr(aluMi8[alu.cmp], 8, 0, rax);
  a.imm8(BYTES);
  a.j(jcc[cc.l], portable);
  a.rm(x.lea, 8, rax, start, 0, r9, 1);
}

/** By name and signature; arguments come in rdi, rsi, r8, r9. */
const forms: Readonly<Record<string, Form | undefined>> = {
  "vec.shuffle ppp:": pair(sse.pshufb),
  "vec.add_sat ppp:": pair(sse.paddusb),
  "vec.sub_sat ppp:": pair(sse.psubusb),
  "vec.min ppp:": pair(sse.pminub),
  "vec.max ppp:": pair(sse.pmaxub),
  "vec.average ppp:": pair(sse.pavgb),
  "vec.equal ppp:": pair(sse.pcmpeqb),
  "vec.aes_round ppp:": pair(aes.aesenc, features.aes),
  "vec.aes_last ppp:": pair(aes.aesenclast, features.aes),
  // out, a, b: numbers.
  "vec.clmul pll:": {
    needs: features.pclmul,
    at: [rdi],
    write: ({ a }) => {
      a.rr(x.movToX, 8, 0, rsi);
      a.rr(x.movToX, 8, 1, r8);
      a.rr(pclmul.pclmulqdq, 0, 0, 1);
      a.imm8(0);
      a.rm(x.storeups, 0, 0, r15, 0, rdi, 1);
    },
  },
  "vec.mask p:i": {
    needs: 0,
    at: [rdi],
    write: ({ a }) => {
      a.rm(x.movups, 0, 0, r15, 0, rdi, 1);
      a.rr(sse.pmovmskb, 0, rax, 0);
    },
  },
  // out, slice, place.
  "vec.load ppll:": {
    needs: 0,
    at: [rdi],
    write: (m, portable) => {
      within(m, rsi, r8, portable);
      checkAddress(m, rax, portable);
      m.a.rm(x.movups, 0, 0, r15, 0, rax, 1);
      m.a.rm(x.storeups, 0, 0, r15, 0, rdi, 1);
    },
  },
  // state, block, constants: slices.
  "vec.sha256_block plplpl:": {
    needs: features.sha,
    at: [],
    write: (m, portable) => {
      for (const [at, length, least, bytes] of [
        [rdi, rsi, 8, 32],
        [r8, r9, 64, 64],
        [r10, r11, 64, 256],
      ] as const) {
        m.a.rr(aluMi8[alu.cmp], 8, 0, length);
        m.a.imm8(least);
        m.a.j(jcc[cc.l], portable);
        checkAddress(m, at, portable, bytes);
      }
      writeSha256(m.a, rdi, r8, r10);
    },
  },
  // slice, vector, place.
  "vec.store plpl:": {
    needs: 0,
    at: [r8],
    write: (m, portable) => {
      within(m, rdi, rsi, portable);
      checkAddress(m, rax, portable);
      m.a.rm(x.movups, 0, 0, r15, 0, r8, 1);
      m.a.rm(x.storeups, 0, 0, r15, 0, rax, 1);
    },
  },
};

/** Goes to the portable code when the bytes at `reg` are not all linear memory. Changes rcx. */
function checkAddress(m: ModuleState, reg: number, portable: Label, bytes = BYTES): void {
  const rcx = 1;
  m.a.rm(x.lea, 8, rcx, reg, bytes);
  m.a.rm(aluRm[alu.cmp], 8, rcx, r14, environment.bytes);
  m.a.j(jcc[cc.a], portable);
}

/** Writes the instructions of a function that has some, for the processor of the module; the portable code is to follow. */
export function writeVector(m: ModuleState, f: FnCode, file: string): void {
  if (file !== LIBRARY) return;
  const form = forms[`${f.name} ${f.params}:${f.results}`];
  if (form === undefined || (form.needs & ~m.features) !== 0) return;
  m.used.features |= form.needs | BASE_FEATURES;
  const portable = new Label();
  for (const reg of form.at) checkAddress(m, reg, portable);
  form.write(m, portable);
  m.a.z(x.ret);
  m.a.place(portable);
}
