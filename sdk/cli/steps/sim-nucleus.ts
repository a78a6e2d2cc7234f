// The simulated nucleus: the pure C parts of nucleus/ and the processor made of nothing, as WebAssembly for Node.
import { join } from "node:path";
import type { Step, Variant } from "../build/step.ts";
import { sourceFiles } from "../source-files.ts";
import { zig } from "../tool-chain.ts";
import { compileC } from "./compile-c.ts";

/** Folders of nucleus/ that know nothing of a processor. */
export const pureFolders = ["nucleus/mm", "nucleus/object", "nucleus/ipc", "nucleus/sched"];

/** Where the module ends up in a build folder. */
export const simNucleusPath = (variant: Variant) => join(variant.out, "sim", "nucleus.wasm");

const flags = [
  "-target",
  "wasm32-freestanding",
  "-std=c11",
  "-O2",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-mbulk-memory",
  "-fno-strict-aliasing",
  "-Inucleus/include",
];

/** The steps of the simulated nucleus. */
export function simNucleusSteps(variant: Variant): Step[] {
  const folder = join(variant.out, "sim");
  const settings = variant.checks
    ? ["-fsanitize=undefined", "-fsanitize-trap=undefined"]
    : ["-fno-sanitize=undefined"];
  const objects = [
    ...pureFolders.flatMap((from) => sourceFiles(from, [".c"])),
    ...sourceFiles("sdk/sim", [".c"]),
  ].map((source) => compileC(source, folder, [...flags, ...settings]));
  const inputs = objects.flatMap((step) => step.outputs);
  const output = simNucleusPath(variant);
  const link: Step = {
    name: "simulated nucleus",
    inputs,
    outputs: [output],
    action: [
      zig,
      "cc",
      "-target",
      "wasm32-freestanding",
      "-nostdlib",
      "-Wl,--no-entry",
      "-Wl,--export-memory",
      "-Wl,--strip-all",
      "-o",
      output,
      ...inputs,
    ],
  };
  return [...objects, link];
}
