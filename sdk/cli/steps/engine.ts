// The engine of a server process: QuickJS-NG and our C and assembly around it, one ELF64
// executable at fixed addresses. Invariant: it holds exactly one `syscall` instruction, ours.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Step, sharedOut } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { sourceFiles } from "../source-files.ts";
import { engineSource, zig } from "../tool-chain.ts";
import { abiHeader } from "./abi-header.ts";
import { assemble, compileC } from "./compile-c.ts";
import { engineSourceCopy, engineSourceFolder, engineSourceStep } from "./engine-source.ts";

/** Where the engine ends up, with its symbols. */
export const enginePath = join(sharedOut, "engine.elf");

/** The parts of QuickJS-NG that make the engine; the main one comes within sdk/runtime/engine/seeded.c there. */
export const engineParts = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];
export const seeded = "sdk/runtime/engine/seeded.c";

/** Data and heap of the engine as it is before any start. */
export const warmPaths = {
  data: join(sharedOut, "engine.warm.data"),
  heap: join(sharedOut, "engine.warm.heap"),
};

/** Debian's static C library for freestanding use: only its pure functions may be linked. */
export const library = "/usr/lib/x86_64-linux-musl/libc.a";

const engineFlags = [
  "-target",
  "x86_64-linux-musl",
  "-std=gnu11",
  "-O2",
  "-g1",
  "-D_GNU_SOURCE",
  "-DNDEBUG",
  // no Atomics: the simulated nucleus's engine has none either, and they would need threads
  "-D__STDC_NO_ATOMICS__=1",
  "-isystem",
  engineSource,
  "-Isdk/abi",
  "-Isdk/runtime/engine",
  "-fno-pic",
  "-fno-pie",
  "-fno-stack-protector",
  "-fno-omit-frame-pointer",
  "-fno-asynchronous-unwind-tables",
  "-ffunction-sections",
  "-fdata-sections",
  "-fno-sanitize=undefined",
];
const ours = ["-fno-builtin", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
const theirs = ["-w", "-funsigned-char", "-fwrapv", "-fno-strict-aliasing"];

/** How often each line ran in what servers do (ci/bench/profile): the compiler lays the engine out for it. */
export const profile = "sdk/runtime/engine/profile.txt";

/** What the main part is compiled with. It names memmove anew, behind the library's own words on it. */
export const seededFlags = [
  `-I${engineSourceFolder}`,
  ...engineFlags,
  ...theirs,
  ...["-include", "string.h"],
];

/** Compiles the main part, from the engine's own copy of its source. */
function seededStep(folder: string): Step {
  const step = compileC(seeded, folder, [...seededFlags, `-fprofile-sample-use=${profile}`]);
  return { ...step, inputs: [...step.inputs, engineSourceCopy, profile] };
}

/** The steps of the engine. */
export function engineSteps(): Step[] {
  const folder = join(sharedOut, "engine");
  const objects = [
    ...engineParts
      .slice(1)
      .map((part) => compileC(join(engineSource, part), folder, [...engineFlags, ...theirs])),
    engineSourceStep(),
    seededStep(folder),
    ...sourceFiles("sdk/runtime/engine", [".c"])
      .filter((source) => source !== seeded)
      .map((source) => compileC(source, folder, [...engineFlags, ...ours])),
    ...sourceFiles("sdk/runtime/engine", [".asm"]).map((source) => assemble(source, folder)),
  ];
  const inputs = objects.flatMap((step) => step.outputs).filter((path) => path.endsWith(".o"));
  const script = "sdk/runtime/engine/engine.ld";
  const output = enginePath;
  const linked = `${output}.linked`;
  const map = `${output}.map`;
  const link: Step = {
    name: "engine",
    inputs: [...inputs, script, library],
    outputs: [linked, map],
    action: [
      zig,
      "ld.lld",
      "-T",
      script,
      "-static",
      "--no-pie",
      "--gc-sections",
      "--build-id=none",
      "-z",
      "norelro",
      "-o",
      linked,
      `--Map=${map}`,
      ...inputs,
      library,
    ],
  };
  return [...objects, link, systemCallCheck(linked, map, output), ...warmSteps(folder)];
}

/** Runs the engine up to where all servers are still alike (sdk/image/warm-engine.c). */
function warmSteps(folder: string): Step[] {
  const runner = join(folder, "warm");
  const { data, heap } = warmPaths;
  const strict = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"];
  const source = "sdk/image/warm-engine.c";
  return [
    {
      name: "engine runner",
      inputs: [source, abiHeader],
      outputs: [runner],
      action: ["clang-14", ...strict, source, "-o", runner],
    },
    {
      name: "warm engine",
      inputs: [runner, enginePath],
      outputs: [data, heap],
      action: [runner, enginePath, data, heap],
    },
  ];
}

/** The parts of the C library that may be in the engine: mathematics, memory and strings, none of which calls the system. */
const pureParts = new Set(
  `__cos __expo2 __math_divzero __math_invalid __math_oflow __math_uflow __math_xflow __rem_pio2
  __rem_pio2_large __sin __stack_chk_fail __tan acos acosh asin asinh atan atan2 atanh bcmp cbrt ceil cos
  cosh exp exp_data expm1 fabs floor fmod frexp hypot log log10 log1p log2 log2_data log_data memchr memcmp
  memcpy memmove memrchr memset pow pow_data scalbn sin sinh sqrt strchr strchrnul strcmp strlen strncmp
  strrchr tan tanh trunc`.split(/\s+/),
);

/** Members of the C library that a link map names and the engine must not hold. */
export function foreignParts(map: string): string[] {
  const members = [...map.matchAll(/libc\.a\((\w+)\.l?o\)/g)].map(([, name]) => name!);
  return [...new Set(members)].filter((name) => !pureParts.has(name)).sort();
}

/** Copies the executable once it is known that of the C library it holds pure parts only, so that the one `syscall` is ours. */
function systemCallCheck(linked: string, map: string, output: string): Step {
  return {
    name: "engine: one system call",
    inputs: [linked, map],
    outputs: [output],
    key: [...pureParts].join(),
    action: async () => {
      const foreign = foreignParts(readFileSync(map, "utf8"));
      if (foreign.length > 0)
        throw new Failure(
          `the engine links ${foreign.join(", ")} of the C library, which may call the system; give it a function of our own, or add a pure one to the list in sdk/cli/steps/engine.ts`,
        );
      copyFileSync(linked, output);
    },
  };
}
