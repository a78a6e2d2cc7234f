// The UEFI loader: every C file of nucleus/boot, and the hash that the engine has too, into one
// PE32+ application.
import { join } from "node:path";
import type { Step, Variant } from "../build/step.ts";
import { sourceFiles } from "../source-files.ts";
import { zig } from "../tool-chain.ts";
import { compileC } from "./compile-c.ts";

/** Where the loader ends up in a build folder. */
export const loaderPath = (variant: Variant) => join(variant.out, "BOOTX64.EFI");

const target = ["-target", "x86_64-windows-gnu"];
const flags = [
  ...target,
  "-std=c11",
  "-O2",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-ffreestanding",
  "-fshort-wchar",
  "-fno-stack-protector",
  "-mno-red-zone",
  "-mno-stack-arg-probe",
  "-Inucleus/include",
];

/** The steps of the loader. */
export function loaderSteps(variant: Variant): Step[] {
  const folder = join(variant.out, "loader");
  const undefinedBehaviour = variant.checks
    ? ["-fsanitize=undefined", "-fsanitize-trap=undefined"]
    : ["-fno-sanitize=undefined"];
  const sources = [
    ...sourceFiles("nucleus/boot", [".c"]),
    "nucleus/memory.c",
    "nucleus/serial.c",
    "sdk/runtime/engine/sha256.c",
  ];
  const objects = sources.map((source) =>
    compileC(source, folder, [...flags, ...undefinedBehaviour]),
  );
  const inputs = objects.flatMap((step) => step.outputs);
  const output = loaderPath(variant);
  const link: Step = {
    name: "loader",
    inputs,
    outputs: [output],
    action: [
      zig,
      "cc",
      ...target,
      "-nostdlib",
      "-Wl,--subsystem,efi_application",
      "-Wl,--entry,EfiMain",
      ...inputs,
      "-o",
      output,
    ],
  };
  return [...objects, link];
}
