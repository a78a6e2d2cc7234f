// Disks whose first process is a native program in the engine's place: the nucleus alone is measured, with no
// engine and no server.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../../sdk/cli/build/build-system.ts";
import { standardVariant, type Variant } from "../../../sdk/cli/build/step.ts";
import { zig } from "../../../sdk/cli/tool-chain.ts";
import { objectKinds, readBootImage, writeBootImage } from "../../../sdk/image/boot-image.ts";
import { diskWith } from "../../../sdk/image/disk-image.ts";
import { executableObjects } from "../../../sdk/image/executable-objects.ts";
import { writeSparse } from "../../../sdk/image/extent.ts";
import { buildDir, root } from "../../setup/paths.mjs";
import { buildStarter } from "../linux/programs.ts";

const sources = ["main", "system", "spawn", "client", "cases", "samples"];
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
  const memory = join(out, "memory.o");
  run("nasm", "-f", "elf64", "-o", memory, "nucleus/x86_64/memory.asm");
  const objects = sources.map((name) => {
    const object = join(out, `${name}.o`);
    run(zig, "cc", ...flags, "-c", `ci/bench/native/${name}.c`, "-o", object);
    return object;
  });
  const program = join(out, "program.elf");
  const script = "sdk/runtime/engine/engine.ld";
  run(zig, "ld.lld", "-T", script, "-static", "--no-pie", "-o", program, ...objects, memory);
  return readFileSync(program);
}

/**
 * Writes a disk with the program as first process.
 * @param holds whether the machine waits for a byte on COM1 before the loader (linux/start.c)
 * @param variant the build whose nucleus and loader are taken
 */
export async function writeNativeDisk(
  path: string,
  holds: boolean,
  variant: Variant = standardVariant,
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(variant, say, false);
  const kept = readBootImage(readFileSync(boot)).filter(
    ({ kind }) => kind === objectKinds.nucleus || kind === objectKinds.symbols,
  );
  // The nucleus wants a bundle to map for its first process; the program does not look at it.
  const bundle = { name: "bundle/init", kind: objectKinds.bundle, bytes: Buffer.alloc(64) };
  const image = writeBootImage([
    ...kept.filter(({ kind }) => kind === objectKinds.nucleus),
    ...executableObjects(buildProgram(), "engine"),
    ...kept.filter(({ kind }) => kind === objectKinds.symbols),
    bundle,
  ]);
  const { extents, size } = diskWith({
    "EFI/BOOT/BOOTX64.EFI": buildStarter("\\leivos\\loader.efi", holds),
    "leivos/loader.efi": readFileSync(loader),
    "leivos/boot.img": image,
    "leivos/options": Buffer.from("seed=1\n"),
  });
  writeSparse(path, extents, size);
}
