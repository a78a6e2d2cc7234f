// The Linux guest's disk: an EFI system partition with our marking starter, the kernel as Debian
// ships it, and an initial file system of busybox and the network card's modules.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zig } from "../../../sdk/cli/tool-chain.ts";
import { shift, writeSparse } from "../../../sdk/image/extent.ts";
import { fat32 } from "../../../sdk/image/fat32.ts";
import { gpt, layout, sectorBytes } from "../../../sdk/image/gpt.ts";
import { buildDir, root } from "../../setup/paths.mjs";
import { cpio, type Entry, fileTypes } from "./cpio.ts";
import { moduleOrder } from "./module-order.ts";
import type { LinuxFiles } from "./packages.ts";

const { folder, file, characterDevice } = fileTypes;
/** What the network card needs; start.sh loads them in the order of their names in the archive. */
const wanted = ["virtio_pci", "virtio_net"];

const source = (name: string) => readFileSync(join(root, "ci/bench/linux", name));

/** Builds the starter (UEFI) and the first process (Linux). */
function buildPrograms(): { starter: Buffer; init: Buffer } {
  const out = join(buildDir, "bench/programs");
  mkdirSync(out, { recursive: true });
  const run = (program: string, ...args: string[]) => {
    execFileSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  };
  const starter = join(out, "start.efi");
  const parts = ["files", "memory", "console"].map((name) => `nucleus/boot/${name}.c`);
  const freestanding = ["-std=c11", "-O2", "-ffreestanding", "-fno-stack-protector", "-nostdlib"];
  run(
    zig,
    "cc",
    ...["-target", "x86_64-windows-gnu", "-mno-red-zone", "-mno-stack-arg-probe"],
    ...["-fno-sanitize=undefined", "-Inucleus/include", ...freestanding],
    ...["-Wl,--subsystem,efi_application", "-Wl,--entry,EfiMain"],
    ...["ci/bench/linux/start.c", ...parts, "-o", starter],
  );
  const init = join(out, "init");
  run("clang-14", "-static", ...freestanding, "ci/bench/linux/init.c", "-o", init);
  return { starter: readFileSync(starter), init: readFileSync(init) };
}

function fileSystem(linux: LinuxFiles, init: Uint8Array): Uint8Array {
  const program = (path: string, bytes: Uint8Array): Entry => ({ path, mode: file | 0o755, bytes });
  const read = (name: string) => readFileSync(linux.module(name));
  const order = moduleOrder(wanted, read);
  const folders = ["bin", "dev", "modules"];
  return cpio([
    ...folders.map((path) => ({ path, mode: folder | 0o755 })),
    { path: "dev/console", mode: characterDevice | 0o600, major: 5, minor: 1 },
    { path: "dev/null", mode: characterDevice | 0o666, major: 1, minor: 3 },
    program("init", init),
    program("mark", init),
    program("bin/busybox", readFileSync(linux.busybox)),
    program("start", source("start.sh")),
    program("lease", source("lease.sh")),
    ...order.map((name, i) => program(`modules/${10 + i}-${name}.ko`, read(name))),
  ]);
}

/** Writes the disk. */
export function writeLinuxDisk(path: string, linux: LinuxFiles): void {
  const { starter, init } = buildPrograms();
  const files = {
    "EFI/BOOT/BOOTX64.EFI": starter,
    "linux/kernel": readFileSync(linux.kernel),
    "linux/initrd": fileSystem(linux, init),
  };
  const volume = fat32(files, (40 << 20) / sectorBytes, layout(0).first);
  const disk = layout(volume.sectors);
  const extents = [...gpt(disk), ...shift(volume.extents, disk.first * sectorBytes)];
  writeSparse(path, extents, disk.diskSectors * sectorBytes);
}
