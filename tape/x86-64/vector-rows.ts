/**
 * Instructions on vectors: SSE to SSE4.1 on 16 bytes, AES-NI, PCLMULQDQ, SHA-NI, and AVX2 on 32.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. Invariant: which feature a row needs is the
 * group that it stands in.
 */
import { type Row, row, vexRow } from "./row.ts";

/** Operations on two vectors of 16 bytes: name, opcode behind 66 0F, and whether AVX2 has it on 32 bytes as `v...`. */
const pairs: readonly (readonly [string, string])[] = [
  ["punpcklbw", "60"],
  ["punpcklwd", "61"],
  ["punpckldq", "62"],
  ["packsswb", "63"],
  ["pcmpgtb", "64"],
  ["pcmpgtw", "65"],
  ["pcmpgtd", "66"],
  ["packuswb", "67"],
  ["punpckhbw", "68"],
  ["punpckhwd", "69"],
  ["punpckhdq", "6A"],
  ["packssdw", "6B"],
  ["punpcklqdq", "6C"],
  ["punpckhqdq", "6D"],
  ["pcmpeqb", "74"],
  ["pcmpeqw", "75"],
  ["pcmpeqd", "76"],
  ["paddq", "D4"],
  ["pmullw", "D5"],
  ["psubusb", "D8"],
  ["psubusw", "D9"],
  ["pminub", "DA"],
  ["pand", "DB"],
  ["paddusb", "DC"],
  ["paddusw", "DD"],
  ["pmaxub", "DE"],
  ["pandn", "DF"],
  ["pavgb", "E0"],
  ["pavgw", "E3"],
  ["pmulhuw", "E4"],
  ["pmulhw", "E5"],
  ["psubsb", "E8"],
  ["pminsw", "EA"],
  ["por", "EB"],
  ["paddsb", "EC"],
  ["pmaxsw", "EE"],
  ["pxor", "EF"],
  ["pmuludq", "F4"],
  ["pmaddwd", "F5"],
  ["psadbw", "F6"],
  ["psubb", "F8"],
  ["psubw", "F9"],
  ["psubd", "FA"],
  ["psubq", "FB"],
  ["paddb", "FC"],
  ["paddw", "FD"],
  ["paddd", "FE"],
  ["pshufb", "38 00"],
  ["phaddd", "38 02"],
  ["pmaddubsw", "38 04"],
  ["pmulhrsw", "38 0B"],
  ["pcmpeqq", "38 29"],
  ["packusdw", "38 2B"],
  ["pcmpgtq", "38 37"],
  ["pminsb", "38 38"],
  ["pminsd", "38 39"],
  ["pminuw", "38 3A"],
  ["pminud", "38 3B"],
  ["pmaxsb", "38 3C"],
  ["pmaxsd", "38 3D"],
  ["pmaxuw", "38 3E"],
  ["pmaxud", "38 3F"],
  ["pmulld", "38 40"],
];
/** Floats in lanes: name, opcode behind 0F (ps) and 66 0F (pd). */
const floats: readonly (readonly [string, string])[] = [
  ["sqrt", "51"],
  ["and", "54"],
  ["andn", "55"],
  ["or", "56"],
  ["xor", "57"],
  ["add", "58"],
  ["mul", "59"],
  ["sub", "5C"],
  ["min", "5D"],
  ["div", "5E"],
  ["max", "5F"],
];
/** Shifts by an immediate: name, opcode and its extension. */
const shifts: readonly (readonly [string, string])[] = [
  ["psrlw", "71/2"],
  ["psraw", "71/4"],
  ["psllw", "71/6"],
  ["psrld", "72/2"],
  ["psrad", "72/4"],
  ["pslld", "72/6"],
  ["psrlq", "73/2"],
  ["psrldq", "73/3"],
  ["psllq", "73/6"],
  ["pslldq", "73/7"],
];
const table = (list: readonly (readonly [string, Row])[]): Readonly<Record<string, Row>> =>
  Object.fromEntries(list);

/** SSE to SSE4.1: two operands, the first is the result too. */
export const sse: Readonly<Record<string, Row>> = table([
  ...pairs.map(([n, code]) => [n, row(n, "RM", "x16 x16", `66 0F ${code}`, "-")] as const),
  ...shifts.map(([n, code]) => [n, row(n, "MI", "- x16", `66 0F ${code}`, "-", 1)] as const),
  // Logic on floats stands among the scalar rows.
  ...floats
    .filter(([n]) => !/and|or/.test(n))
    .map(([n, code]) => [`${n}ps`, row(`${n}ps`, "RM", "x16 x16", `0F ${code}`, "-")] as const),
  ...floats
    .filter(([n]) => !/and|or/.test(n))
    .map(([n, code]) => [`${n}pd`, row(`${n}pd`, "RM", "x16 x16", `66 0F ${code}`, "-")] as const),
  ["pmovmskb", row("pmovmskb", "RM", "d x16", "66 0F D7", "-")],
  ["pshufd", row("pshufd", "RMI", "x16 x16", "66 0F 70", "-", 1)],
  ["pshuflw", row("pshuflw", "RMI", "x16 x16", "F2 0F 70", "-", 1)],
  ["pshufhw", row("pshufhw", "RMI", "x16 x16", "F3 0F 70", "-", 1)],
  ["palignr", row("palignr", "RMI", "x16 x16", "66 0F 3A 0F", "-", 1)],
  ["movdqu", row("movdqu", "RM", "x16 x16", "F3 0F 6F", "-")],
  ["storedqu", row("movdqu", "MR", "x16 x16", "F3 0F 7F", "-")],
  ["ptest", row("ptest", "RM", "x16 x16", "66 0F 38 17", "-")],
]);

export const aes = {
  aesimc: row("aesimc", "RM", "x16 x16", "66 0F 38 DB", "-"),
  aesenc: row("aesenc", "RM", "x16 x16", "66 0F 38 DC", "-"),
  aesenclast: row("aesenclast", "RM", "x16 x16", "66 0F 38 DD", "-"),
  aesdec: row("aesdec", "RM", "x16 x16", "66 0F 38 DE", "-"),
  aesdeclast: row("aesdeclast", "RM", "x16 x16", "66 0F 38 DF", "-"),
  aeskeygenassist: row("aeskeygenassist", "RMI", "x16 x16", "66 0F 3A DF", "-", 1),
} as const;

export const pclmul = {
  pclmulqdq: row("pclmulqdq", "RMI", "x16 x16", "66 0F 3A 44", "-", 1),
} as const;

export const sha = {
  sha1nexte: row("sha1nexte", "RM", "x16 x16", "0F 38 C8", "-"),
  sha1msg1: row("sha1msg1", "RM", "x16 x16", "0F 38 C9", "-"),
  sha1msg2: row("sha1msg2", "RM", "x16 x16", "0F 38 CA", "-"),
  sha256rnds2: row("sha256rnds2", "RM", "x16 x16", "0F 38 CB", "-"),
  sha256msg1: row("sha256msg1", "RM", "x16 x16", "0F 38 CC", "-"),
  sha256msg2: row("sha256msg2", "RM", "x16 x16", "0F 38 CD", "-"),
  sha1rnds4: row("sha1rnds4", "RMI", "x16 x16", "0F 3A CC", "-", 1),
} as const;

/** AVX and AVX2 on 32 bytes: three operands. */
export const avx2: Readonly<Record<string, Row>> = table([
  ...pairs.map(([n, code]) => [`v${n}`, vexRow(`v${n}`, "RVM", "y y", `L 66 0F ${code}`)] as const),
  ...shifts.map(([n, c]) => [`v${n}`, vexRow(`v${n}`, "VMI", "- y", `L 66 0F ${c}`, 1)] as const),
  ...floats.flatMap(([n, code]) => {
    const shape = n === "sqrt" ? "RM" : "RVM";
    return [
      [`v${n}ps`, vexRow(`v${n}ps`, shape, "y y", `L 0F ${code}`)],
      [`v${n}pd`, vexRow(`v${n}pd`, shape, "y y", `L 66 0F ${code}`)],
    ] as const;
  }),
  ["vmovdqu", vexRow("vmovdqu", "RM", "y y", "L F3 0F 6F")],
  ["vstoredqu", vexRow("vmovdqu", "MR", "y y", "L F3 0F 7F")],
  ["vpmovmskb", vexRow("vpmovmskb", "RM", "d y", "L 66 0F D7")],
  ["vpshufd", vexRow("vpshufd", "RMI", "y y", "L 66 0F 70", 1)],
  ["vpalignr", vexRow("vpalignr", "RVMI", "y y", "L 66 0F 3A 0F", 1)],
  ["vpbroadcastb", vexRow("vpbroadcastb", "RM", "y x1", "L 66 0F 38 78")],
  ["vpbroadcastw", vexRow("vpbroadcastw", "RM", "y x2", "L 66 0F 38 79")],
  ["vpbroadcastd", vexRow("vpbroadcastd", "RM", "y x4", "L 66 0F 38 58")],
  ["vpbroadcastq", vexRow("vpbroadcastq", "RM", "y x8", "L 66 0F 38 59")],
  ["vpermd", vexRow("vpermd", "RVM", "y y", "L 66 0F 38 36")],
  ["vpermq", vexRow("vpermq", "RMI", "y y", "LW 66 0F 3A 00", 1)],
  ["vperm2i128", vexRow("vperm2i128", "RVMI", "y y", "L 66 0F 3A 46", 1)],
  ["vinserti128", vexRow("vinserti128", "RVMI", "y x16", "L 66 0F 3A 38", 1)],
  ["vextracti128", vexRow("vextracti128", "MRI", "y x16", "L 66 0F 3A 39", 1)],
  ["vpsllvd", vexRow("vpsllvd", "RVM", "y y", "L 66 0F 38 47")],
  ["vpsllvq", vexRow("vpsllvq", "RVM", "y y", "LW 66 0F 38 47")],
  ["vpsrlvd", vexRow("vpsrlvd", "RVM", "y y", "L 66 0F 38 45")],
  ["vpsrlvq", vexRow("vpsrlvq", "RVM", "y y", "LW 66 0F 38 45")],
  ["vptest", vexRow("vptest", "RM", "y y", "L 66 0F 38 17")],
  ["vzeroupper", vexRow("vzeroupper", "Z", "- -", "0F 77")],
]);

/** All of them. */
export const vectorRows: readonly Row[] = [sse, aes, pclmul, sha, avx2].flatMap((group) =>
  Object.values(group),
);
