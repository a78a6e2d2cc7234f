// A disk whose first process is the torture program: it stands in the engine's place, so that no engine and no
// server is between the cases and the nucleus. Nothing but nucleus, loader and program is built for it.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Builder } from "../../sdk/cli/build/builder.ts";
import { withLock } from "../../sdk/cli/build/lock.ts";
import { type Step, standardVariant, type Variant } from "../../sdk/cli/build/step.ts";
import { sourceFiles } from "../../sdk/cli/source-files.ts";
import { abiHeaderSteps } from "../../sdk/cli/steps/abi-header.ts";
import { compileC } from "../../sdk/cli/steps/compile-c.ts";
import { loaderPath, loaderSteps } from "../../sdk/cli/steps/loader.ts";
import { nucleusPath, nucleusSteps } from "../../sdk/cli/steps/nucleus.ts";
import { zig } from "../../sdk/cli/tool-chain.ts";
import { objectKinds, writeBootImage } from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { executableObjects } from "../../sdk/image/executable-objects.ts";
import { symbolTable } from "../../sdk/image/symbol-table.ts";
import { root } from "../setup/paths.mjs";

const flags = [
  ...["-target", "x86_64-freestanding-none", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"],
  ...["-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"],
  // its stacks are switched in inline assembly, and some of its faults are undefined behaviour
  ...["-mno-red-zone", "-fno-sanitize=undefined", "-fno-omit-frame-pointer", "-Inucleus/include"],
];
const folder = "build/torture";
const program = join(folder, "program.elf");

/** The steps of the program, linked where the engine usually lies. */
function programSteps(): Step[] {
  const sources = ["ci/torture/program", "ci/native"].flatMap((path) => sourceFiles(path, [".c"]));
  const objects = [...sources, "nucleus/memory.c"].map((source) => compileC(source, folder, flags));
  const inputs = objects.flatMap((step) => step.outputs);
  const script = "sdk/runtime/engine/engine.ld";
  const action = [zig, "ld.lld", "-T", script, "-static", "--no-pie", "-o", program, ...inputs];
  return [...objects, { name: program, inputs: [...inputs, script], outputs: [program], action }];
}

/**
 * Builds, and returns a function that writes disks: seed, scale and case stand in their options.
 * @param variant the build whose nucleus and loader are taken
 */
export async function tortureDisks(variant: Variant = standardVariant) {
  mkdirSync(join(root, folder), { recursive: true });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const steps = [
    ...abiHeaderSteps(),
    ...nucleusSteps(variant),
    ...loaderSteps(variant),
    ...programSteps(),
  ];
  await withLock("build/build.lock", () => new Builder("build", say, false).build(steps));
  const nucleus = readFileSync(nucleusPath(variant));
  const image = writeBootImage([
    ...executableObjects(nucleus, "nucleus"),
    ...executableObjects(readFileSync(program), "engine"),
    symbolTable(nucleus),
    // The nucleus wants a bundle to map for its first process; the program does not look at it.
    { name: "bundle/init", kind: objectKinds.bundle, bytes: Buffer.alloc(64) },
  ]);
  const loader = readFileSync(loaderPath(variant));
  return (name: string, options: Record<string, string>): string => {
    const disk = join(root, folder, `${name}.img`);
    writeDiskImage(disk, { loader, boot: image, options });
    return disk;
  };
}
