// The nucleus: C and assembly of nucleus/ (without the loader) into one ELF64 executable.
import { join } from "node:path";
import type { Step, Variant } from "../build/step.ts";
import { sourceFiles } from "../source-files.ts";
import { zig } from "../tool-chain.ts";
import { assemble, compileC } from "./compile-c.ts";

/** Where the nucleus ends up in a build folder, with its symbols. */
export const nucleusPath = (variant: Variant) => join(variant.out, "nucleus.elf");

const flags = [
  "-target",
  "x86_64-freestanding-none",
  "-std=c11",
  "-O2",
  // across files, so that the short functions between them cost no call
  "-flto",
  "-g",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-ffreestanding",
  "-mcmodel=kernel",
  "-mno-red-zone",
  // The state of user threads in the vector registers is not saved at entry. zig cc passes its own
  // feature list on, so that -mno-sse and -mgeneral-regs-only change nothing: the list must say it.
  "-mcpu=x86_64-sse-sse2-mmx-x87+soft_float",
  "-fno-pic",
  "-fno-stack-protector",
  "-fno-omit-frame-pointer",
  "-fno-asynchronous-unwind-tables",
  "-fno-strict-aliasing",
  "-Inucleus",
  "-Inucleus/include",
  "-Isdk/abi",
];

/** The steps of the nucleus. */
export function nucleusSteps(variant: Variant): Step[] {
  const folder = join(variant.out, "nucleus");
  const settings = [
    ...(variant.checks
      ? ["-fsanitize=undefined", "-fsanitize-trap=undefined"]
      : ["-fno-sanitize=undefined"]),
  ];
  const { source: probe, wraps } = variant.probe ?? { wraps: [] };
  const isNucleus = (source: string) => !source.startsWith("nucleus/boot/");
  const sources = sourceFiles("nucleus", [".c"]).filter(isNucleus);
  const objects = [
    ...[...sources, ...(probe === undefined ? [] : [probe])].map((source) =>
      compileC(source, folder, [...flags, ...settings]),
    ),
    ...sourceFiles("nucleus", [".asm"]).map((source) => assemble(source, folder)),
  ];
  const inputs = objects.flatMap((step) => step.outputs);
  const script = "nucleus/link.ld";
  const output = nucleusPath(variant);
  const link: Step = {
    name: "nucleus",
    inputs: [...inputs, script],
    outputs: [output],
    action: [
      zig,
      "ld.lld",
      "-T",
      script,
      "-static",
      "--no-pie",
      "--build-id=none",
      "-z",
      "noexecstack",
      "--lto-O2",
      ...wraps.map((name) => `--wrap=${name}`),
      "-o",
      output,
      ...inputs,
    ],
  };
  return [...objects, link];
}
