// The programs of the benchmarks' guests that are built here: the starter (UEFI) and static programs for Linux
// without a C library, but for one.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zig } from "../../../sdk/cli/tool-chain.ts";
import { buildDir, root } from "../../setup/paths.mjs";

const freestanding = ["-std=c11", "-O2", "-ffreestanding", "-fno-stack-protector", "-nostdlib"];

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}

function outFile(name: string): string {
  const out = join(buildDir, "bench/programs");
  mkdirSync(out, { recursive: true });
  return join(out, name);
}

/**
 * Builds the program that starts a system (start.c).
 * @param image path of what it starts on its own volume
 * @param holds whether it waits for a byte on COM1 first
 */
export function buildStarter(image = "\\linux\\kernel", holds = false): Buffer {
  const starter = outFile("start.efi");
  const parts = ["boot/files", "boot/memory", "boot/console", "memory", "serial"].map(
    (name) => `nucleus/${name}.c`,
  );
  run(
    zig,
    "cc",
    ...["-target", "x86_64-windows-gnu", "-mno-red-zone", "-mno-stack-arg-probe"],
    ...["-fno-sanitize=undefined", "-Inucleus/include", ...freestanding],
    `-DIMAGE=u"${image.replaceAll("\\", "\\\\")}"`,
    ...(holds ? ["-DHOLD"] : []),
    ...["-Wl,--subsystem,efi_application", "-Wl,--entry,EfiMain"],
    ...["ci/bench/linux/start.c", ...parts, "-o", starter],
  );
  return readFileSync(starter);
}

/** Builds a static program for Linux from C files. */
export function buildLinuxProgram(name: string, sources: readonly string[]): Buffer {
  const program = outFile(name);
  run("clang-14", "-static", ...freestanding, ...sources, "-o", program);
  return readFileSync(program);
}

/** Builds the program of `uusi bench net` (net.c), static, with musl. */
export function buildNetProgram(): Buffer {
  const program = outFile("net");
  const target = ["-target", "x86_64-linux-musl", "-static", "-std=gnu11", "-O2", "-s"];
  run(zig, "cc", ...target, "ci/bench/linux/net.c", "-o", program);
  return readFileSync(program);
}
