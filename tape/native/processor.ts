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
