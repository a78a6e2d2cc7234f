/** Features of processors that code may use, as bits: the key of native files, and what the compiler is told. */
export const features = { sse41: 1, popcnt: 2, aes: 4, pclmul: 8, sha: 16, avx2: 32 } as const;
/** What every compiled module uses. */
export const BASE_FEATURES = features.sse41 | features.popcnt;
/** Their names among the flags that Linux shows. */
export const linuxFlags: Readonly<Record<keyof typeof features, string>> = {
  sse41: "sse4_1",
  popcnt: "popcnt",
  aes: "aes",
  pclmul: "pclmulqdq",
  sha: "sha_ni",
  avx2: "avx2",
};

/** Features by name; bits that no name is known of as a number. */
export function featureNames(bits: number): string {
  const found: string[] = [];
  let rest = bits;
  for (const [name, bit] of Object.entries(features))
    if ((bits & bit) !== 0) {
      found.push(name);
      rest &= ~bit;
    }
  if (rest !== 0) found.push(`0x${(rest >>> 0).toString(16)}`);
  return found.join(", ");
}

/** Bits of names with commas between, with what all have; undefined when one is not known. */
export function featureBits(names: string): number | undefined {
  let bits: number = BASE_FEATURES;
  for (const name of names.split(",")) {
    if (!Object.hasOwn(features, name)) return undefined;
    bits |= features[name as keyof typeof features];
  }
  return bits;
}
