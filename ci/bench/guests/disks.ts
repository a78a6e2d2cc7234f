// Disks that start a benchmark's program in the place of `init`: a native one in the engine's place, so that the nucleus
// alone is measured, or TypeScript ones.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildSystem } from "../../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../../sdk/cli/build/step.ts";
import { sourceFiles } from "../../../sdk/cli/source-files.ts";
import { zig } from "../../../sdk/cli/tool-chain.ts";
import {
  type BootObject,
  objectKinds,
  readBootImage,
  writeBootImage,
} from "../../../sdk/image/boot-image.ts";
import { diskWith } from "../../../sdk/image/disk-image.ts";
import { executableObjects } from "../../../sdk/image/executable-objects.ts";
import { writeSparse } from "../../../sdk/image/extent.ts";
import { buildDir, root } from "../../setup/paths.mjs";
import { buildStarter } from "../linux/programs.ts";
import { bundleObject } from "../typescript/bundle.ts";

const sources = [
  ...sourceFiles("ci/bench/native", [".c"]),
  ...sourceFiles("ci/native", [".c"]),
  "nucleus/memory.c",
];
const flags = [
  ...["-target", "x86_64-freestanding-none", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"],
  ...["-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"],
  ...["-fno-sanitize=undefined", "-Inucleus/include", "-mno-red-zone"],
];

/** Compiles and links the program; returns the ELF file's bytes. */
function buildProgram(): Buffer {
  const out = join(buildDir, "bench/native");
  mkdirSync(out, { recursive: true });
  const run = (program: string, ...args: string[]) => {
    execFileSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  };
  const objects = sources.map((source) => {
    const object = join(out, `${basename(source, ".c")}.o`);
    run(zig, "cc", ...flags, "-c", source, "-o", object);
    return object;
  });
  const program = join(out, "program.elf");
  const script = "sdk/runtime/engine/engine.ld";
  run(zig, "ld.lld", "-T", script, "-static", "--no-pie", "-o", program, ...objects);
  return readFileSync(program);
}

/** Writes a disk that starts the loader, behind a hold (linux/start.c) or at once. */
async function writeDisk(
  path: string,
  holds: boolean,
  options: string,
  change: (objects: BootObject[]) => Promise<BootObject[]>,
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const { extents, size } = diskWith({
    "EFI/BOOT/BOOTX64.EFI": buildStarter("\\leivos\\loader.efi", holds),
    "leivos/loader.efi": readFileSync(loader),
    "leivos/boot.img": writeBootImage(await change(readBootImage(readFileSync(boot)))),
    "leivos/options": Buffer.from(options),
  });
  writeSparse(path, extents, size);
}

const of = (objects: BootObject[], ...kinds: number[]) =>
  objects.filter(({ kind }) => kinds.includes(kind));

/**
 * Writes a disk with the native program as first process.
 * @param holds whether the machine waits for a byte on COM1 before the loader
 * @param cases `sched` for those of the scheduler
 */
export function writeNativeDisk(
  path: string,
  holds: boolean,
  cases = "all",
  more = "",
): Promise<void> {
  // The nucleus wants a bundle to map for its first process; the program does not look at it.
  const bundle = { name: "bundle/init", kind: objectKinds.bundle, bytes: Buffer.alloc(64) };
  return writeDisk(path, holds, `cases=${cases}\n${more}`, async (objects) => [
    ...of(objects, objectKinds.nucleus),
    ...executableObjects(buildProgram(), "engine"),
    ...of(objects, objectKinds.symbols),
    bundle,
  ]);
}

/** Writes a disk with two TypeScript programs, of which the first starts the second: `main`, which measures, or `endless`. */
export function writeTypeScriptDisk(
  path: string,
  holds: boolean,
  first: "main" | "endless" = "main",
): Promise<void> {
  return writeDisk(path, holds, "", async (objects) => [
    ...of(objects, objectKinds.nucleus, objectKinds.engine, objectKinds.symbols),
    await bundleObject("init", `ci/bench/typescript/${first}.ts`),
    await bundleObject("server", "ci/bench/typescript/server.ts"),
  ]);
}

/** Writes a disk with the system itself, its boot image's objects changed. */
export function writeSystemDisk(
  path: string,
  holds: boolean,
  change: (objects: BootObject[]) => Promise<BootObject[]>,
  options = "netd_wait=10\nseed=1\n",
): Promise<void> {
  return writeDisk(path, holds, options, change);
}
