// What the processor has, as the bits by which machine code is keyed (tape/native/processor.ts; a test compares both).
// Invariant: a bit is set when the instructions run here: registers that they need are kept between threads.
// Source: Intel SDM volume 2, CPUID; volume 1, section 14.3 for what the system must have enabled.
import { uusi } from "./binding.ts";

/** What every module of machine code uses; all that is asked where no processor runs it. */
export const BASE_FEATURES = 3;

/** Name, bit of the key, and where CPUID has it: leaf, register (eax to edx are 0 to 3), bit. */
export const processorFeatures: readonly (readonly [string, number, number, number, number])[] = [
  ["sse41", 1, 1, 2, 19],
  ["popcnt", 2, 1, 2, 23],
  ["aes", 4, 1, 2, 25],
  ["pclmul", 8, 1, 2, 1],
  ["sha", 16, 7, 1, 29],
  ["avx2", 32, 7, 1, 5],
];
const AVX2 = 32;
/** XMM and YMM registers in XCR0. */
const WIDE = 6;

let found = -1;

/** Bits of the key that code may have to run in this process. */
export function processorHas(): number {
  if (found >= 0) return found;
  const cpuid = uusi.cpuid ?? (() => -1);
  const most = cpuid(0, 0);
  found = most < 0 ? BASE_FEATURES : 0;
  if (most < 0) return found;
  for (let i = 0; i < processorFeatures.length; i += 1) {
    const [, bit, leaf, register, at] = processorFeatures[i] as (typeof processorFeatures)[number];
    if (leaf <= most && ((cpuid(leaf, register) >>> at) & 1) === 1) found |= bit;
  }
  // register 4: XCR0, 0 where the system has not enabled what reads it
  if ((cpuid(1, 4) & WIDE) !== WIDE) found &= ~AVX2;
  return found;
}

/** Names of the features of a key beyond what every module uses, with commas between; "" for none. */
export function featuresBeyondBase(bits: number): string {
  let names = "";
  for (let i = 0; i < processorFeatures.length; i += 1) {
    const [name, bit] = processorFeatures[i] as (typeof processorFeatures)[number];
    if ((bits & bit & ~BASE_FEATURES) !== 0) names += names === "" ? name : `, ${name}`;
  }
  return names;
}
