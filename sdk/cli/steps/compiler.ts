// The bytecode compiler: QuickJS-NG with a few edits (compiler-source.ts), built for the machine that builds.
import { join } from "node:path";
import { type Step, sharedOut } from "../build/step.ts";
import { engineSource } from "../tool-chain.ts";
import { compileC } from "./compile-c.ts";
import { compilerSource, compilerSourceStep } from "./compiler-source.ts";
import { engineParts } from "./engine.ts";

/** Where the compiler ends up; it takes a name, a script and the file to write. */
export const compilerPath = join(sharedOut, "compile-bytecode");

const compiler = ["clang-14"];
const flags = [
  "-std=gnu11",
  "-O1",
  "-D_GNU_SOURCE",
  "-D__STDC_NO_ATOMICS__=1",
  "-funsigned-char",
  "-fwrapv",
  "-isystem",
  engineSource,
  "-Isdk/abi",
  "-Isdk/runtime/engine",
];

/** The compiler's steps. */
export function compilerSteps(): Step[] {
  const folder = join(sharedOut, "compiler");
  const libraries = engineParts
    .filter((part) => part !== "quickjs.c")
    .map((part) => join(engineSource, part));
  const objects = [
    ...[compilerSource, ...libraries].map((source) =>
      compileC(source, folder, [...flags, "-w"], compiler),
    ),
    compileC(
      "sdk/image/compile-bytecode.c",
      folder,
      [...flags, "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"],
      compiler,
    ),
  ];
  const inputs = objects.flatMap((step) => step.outputs);
  const output = compilerPath;
  const link: Step = {
    name: "bytecode compiler",
    inputs,
    outputs: [output],
    action: [...compiler, ...inputs, "-lm", "-lpthread", "-o", output],
  };
  return [compilerSourceStep(), ...objects, link];
}
