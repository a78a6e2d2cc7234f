// The engine of a server process: QuickJS-NG and our C and assembly around it, one ELF64
// executable at fixed addresses. Invariant: it holds exactly one `syscall` instruction, ours.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseElf } from "../../image/elf.ts";
import { type Step, sharedOut } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { sourceFiles } from "../source-files.ts";
import { engineSource, zig } from "../tool-chain.ts";
import { assemble, compileC } from "./compile-c.ts";

/** Where the engine ends up, with its symbols. */
export const enginePath = join(sharedOut, "engine.elf");

/** The parts of QuickJS-NG that make the engine. */
export const engineParts = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];

/** Debian's static C library for freestanding use: only its pure functions may be linked. */
const library = "/usr/lib/x86_64-linux-musl/libc.a";

const flags = [
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

/** The steps of the engine. */
export function engineSteps(): Step[] {
  const folder = join(sharedOut, "engine");
  const isEngine = (source: string) => !source.includes("/host/");
  const objects = [
    ...engineParts.map((part) => compileC(join(engineSource, part), folder, [...flags, ...theirs])),
    ...sourceFiles("sdk/runtime/engine", [".c"])
      .filter(isEngine)
      .map((source) => compileC(source, folder, [...flags, ...ours])),
    ...sourceFiles("sdk/runtime/engine", [".asm"]).map((source) => assemble(source, folder, [])),
  ];
  const inputs = objects.flatMap((step) => step.outputs);
  const script = "sdk/runtime/engine/engine.ld";
  const output = enginePath;
  const linked = `${output}.linked`;
  const link: Step = {
    name: "engine",
    inputs: [...inputs, script, library],
    outputs: [linked],
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
      ...inputs,
      library,
    ],
  };
  return [...objects, link, systemCallCheck(linked, output)];
}

/** `syscall`, in machine code. */
const instruction = [0x0f, 0x05];

/**
 * Copies the executable once it is known that no foreign system call is in its code. The two bytes
 * can also stand inside another instruction; such a place is harmless to count as long as the
 * processor can't be made to jump there, and the engine's text is checked by symbol instead.
 */
function systemCallCheck(linked: string, output: string): Step {
  return {
    name: "engine: one system call",
    inputs: [linked],
    outputs: [output],
    key: instruction.join(),
    action: async () => {
      const { writeFileSync } = await import("node:fs");
      const file = readFileSync(linked);
      const foreign = parseElf(file, "engine").symbols.filter(({ name }) =>
        /^(__syscall|__vsyscall|syscall$|__syscall_cp)/.test(name),
      );
      if (foreign.length > 0) {
        const names = foreign.map(({ name }) => name).join(", ");
        throw new Failure(`the engine reaches the C library's system calls: ${names}`);
      }
      writeFileSync(output, file);
    },
  };
}
