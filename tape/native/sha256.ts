/**
 * A block of SHA-256 by the processor's instructions for it.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, SHA256RNDS2, SHA256MSG1 and SHA256MSG2: the state
 * lies in two registers as words A B E F and C D G H, the first word highest, and two rounds take the sums of two words with their constants from xmm0.
 * Invariant: time and addresses do not depend on what the words hold.
 */
import type { Assembler } from "../x86-64/encode.ts";
import { r15, rax } from "../x86-64/registers.ts";
import { x } from "../x86-64/rows.ts";
import { sha, sse } from "../x86-64/vector-rows.ts";

const [SUMS, ABEF, CDGH, WORDS, OTHER, ORDER, ABEF_BEFORE, CDGH_BEFORE] = [0, 1, 2, 3, 7, 8, 9, 10];
/** Turns the order of lanes around. */
const REVERSED = 0x1b;
/** The upper half into the lower. */
const UPPER = 0x0e;

/** Places of the four words 4 times `i` and on among the last sixteen. */
const words = (i: number): number => WORDS + (i & 3);

function shuffled(a: Assembler, to: number, from: number, order: number): void {
  a.rr(sse["pshufd"], 0, to, from);
  a.imm8(order);
}

/** Bytes of each word of four turned around: a vector for `pshufb`. */
function byteOrder(a: Assembler): void {
  for (const [to, lo, hi] of [
    [ORDER, 0x00010203, 0x04050607],
    [OTHER, 0x08090a0b, 0x0c0d0e0f],
  ] as const) {
    a.o(x.movImm, 8, rax);
    a.int32(lo);
    a.int32(hi);
    a.rr(x.movToX, 8, to, rax);
  }
  a.rr(sse["punpcklqdq"], 0, ORDER, OTHER);
}

/** The halves of two vectors together: their lower ones, or their upper ones. */
function halves(a: Assembler, upper: boolean, to: number, other: number): void {
  a.rr(sse[upper ? "punpckhqdq" : "punpcklqdq"], 0, to, other);
}

/** Takes 64 bytes at `data` into eight words at `state`, with the 64 constants at `constants`: registers with addresses in linear memory. */
export function writeSha256(a: Assembler, state: number, data: number, constants: number): void {
  byteOrder(a);
  a.rm(x.movups, 0, ABEF, r15, 0, state, 1);
  a.rm(x.movups, 0, OTHER, r15, 16, state, 1);
  a.rr(x.movups, 0, CDGH, ABEF);
  halves(a, false, ABEF, OTHER);
  halves(a, true, CDGH, OTHER);
  shuffled(a, ABEF, ABEF, REVERSED);
  shuffled(a, CDGH, CDGH, REVERSED);
  a.rr(x.movups, 0, ABEF_BEFORE, ABEF);
  a.rr(x.movups, 0, CDGH_BEFORE, CDGH);
  for (let i = 0; i < 16; i++) {
    const w = words(i);
    if (i < 4) {
      a.rm(x.movups, 0, w, r15, 16 * i, data, 1);
      a.rr(sse["pshufb"], 0, w, ORDER);
    } else {
      a.rr(sha.sha256msg1, 0, w, words(i + 1));
      a.rr(x.movups, 0, OTHER, words(i + 3));
      a.rr(sse["palignr"], 0, OTHER, words(i + 2));
      a.imm8(4);
      a.rr(sse["paddd"], 0, w, OTHER);
      a.rr(sha.sha256msg2, 0, w, words(i + 3));
    }
    a.rm(x.movups, 0, SUMS, r15, 16 * i, constants, 1);
    a.rr(sse["paddd"], 0, SUMS, w);
    a.rr(sha.sha256rnds2, 0, CDGH, ABEF);
    shuffled(a, SUMS, SUMS, UPPER);
    a.rr(sha.sha256rnds2, 0, ABEF, CDGH);
  }
  a.rr(sse["paddd"], 0, ABEF, ABEF_BEFORE);
  a.rr(sse["paddd"], 0, CDGH, CDGH_BEFORE);
  shuffled(a, ABEF, ABEF, REVERSED);
  shuffled(a, CDGH, CDGH, REVERSED);
  a.rr(x.movups, 0, OTHER, ABEF);
  halves(a, false, OTHER, CDGH);
  halves(a, true, ABEF, CDGH);
  a.rm(x.storeups, 0, OTHER, r15, 0, state, 1);
  a.rm(x.storeups, 0, ABEF, r15, 16, state, 1);
}
