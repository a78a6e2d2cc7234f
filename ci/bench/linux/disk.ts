// The Linux guest's disk: an EFI system partition with our marking starter, the kernel as Debian
// ships it, and an initial file system of busybox and the network card's modules.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diskWith } from "../../../sdk/image/disk-image.ts";
import { writeSparse } from "../../../sdk/image/extent.ts";
import { root } from "../../setup/paths.mjs";
import { cpio, type Entry, fileTypes } from "./cpio.ts";
import { moduleOrder } from "./module-order.ts";
import type { LinuxFiles } from "./packages.ts";
import { buildLinuxProgram, buildStarter } from "./programs.ts";

const { folder, file, characterDevice } = fileTypes;
/** What the network card needs; start.sh loads them in the order of their names in the archive. */
const wanted = ["virtio_pci", "virtio_net"];

const source = (name: string) => readFileSync(join(root, "ci/bench/linux", name));

/** What a benchmark other than that of the boot changes. */
export interface LinuxChoice {
  /** a program that runs in place of the script */
  program?: Uint8Array;
  /** the script that comes before it, a file of this folder; without one the program is all */
  script?: string;
  /** whether the machine waits for a byte on COM1 before it starts (start.c) */
  holds?: boolean;
}

function fileSystem(
  linux: LinuxFiles,
  init: Uint8Array,
  { program: other, script }: LinuxChoice,
): Uint8Array {
  const program = (path: string, bytes: Uint8Array): Entry => ({ path, mode: file | 0o755, bytes });
  const read = (name: string) => readFileSync(linux.module(name));
  const order = moduleOrder(wanted, read);
  const folders = ["bin", "dev", "modules"];
  const before = script === undefined ? Buffer.from("exec /other\n") : source(script);
  return cpio([
    ...folders.map((path) => ({ path, mode: folder | 0o755 })),
    { path: "dev/console", mode: characterDevice | 0o600, major: 5, minor: 1 },
    { path: "dev/null", mode: characterDevice | 0o666, major: 1, minor: 3 },
    program("init", init),
    program("mark", init),
    program("bin/busybox", readFileSync(linux.busybox)),
    program("start", other === undefined ? source("start.sh") : before),
    ...(other === undefined ? [] : [program("other", other)]),
    program("lease", source("lease.sh")),
    ...order.map((name, i) => program(`modules/${10 + i}-${name}.ko`, read(name))),
  ]);
}

/** Writes the disk. */
export function writeLinuxDisk(path: string, linux: LinuxFiles, choice: LinuxChoice = {}): void {
  const init = buildLinuxProgram("init", ["ci/bench/linux/init.c"]);
  const files = {
    "EFI/BOOT/BOOTX64.EFI": buildStarter(undefined, choice.holds),
    "linux/kernel": readFileSync(linux.kernel),
    "linux/initrd": fileSystem(linux, init, choice),
  };
  const { extents, size } = diskWith(files);
  writeSparse(path, extents, size);
}
