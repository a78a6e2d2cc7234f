// The pure C parts that libFuzzer drives, each through the LLVMFuzzerTestOneInput among its sources.
import { createHash } from "node:crypto";
import { sourceFiles } from "../../../sdk/cli/source-files.ts";
import { pureFolders } from "../../../sdk/cli/steps/sim-nucleus.ts";
import { damages, sound } from "../loader/damages.ts";

/** Bytes without a pattern, the same each time. */
function noise(seed: number, bytes: number): Buffer {
  const block = (_: unknown, i: number) => createHash("sha256").update(`${seed} ${i}`).digest();
  return Buffer.concat(Array.from({ length: bytes / 32 }, block));
}

export interface Target {
  readonly name: string;
  readonly sources: readonly string[];
  /** the longest input, in bytes */
  readonly longest: number;
  /** inputs to begin a new corpus with */
  readonly first: readonly Uint8Array[];
}

export const targets: readonly Target[] = [
  {
    name: "boot-image",
    sources: ["ci/host/loader/image-fuzz.c", "nucleus/boot/image.c", "sdk/runtime/engine/sha256.c"],
    longest: sound.length,
    first: damages.map(([, image]) => image),
  },
  {
    name: "nucleus",
    sources: [
      ...pureFolders.flatMap((folder) => sourceFiles(folder, [".c"])),
      "sdk/sim/arch.c",
      ...sourceFiles("ci/host/nucleus", [".c"]).filter((path) => !path.endsWith("/main.c")),
    ],
    // the input makes the choices of a case of noise: a round for every eight bytes
    longest: 512,
    first: Array.from({ length: 16 }, (_, i) => noise(i, 128 << (i % 3))),
  },
];
