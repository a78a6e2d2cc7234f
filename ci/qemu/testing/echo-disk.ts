// A disk that boots the test application instead of the system's loader.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../setup/paths.mjs";
import { toolEnvironment, zig } from "../../../sdk/cli/tool-chain.ts";
import { writeDiskImage } from "../../../sdk/image/disk-image.ts";
import { holdFolder } from "../resources.ts";

/** Compiles the application and writes a disk with it; returns the disk's path. */
export function echoDisk(): string {
  const folder = holdFolder();
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "echo-line.efi");
  const flags = ["-target", "x86_64-windows-gnu", "-O2", "-ffreestanding", "-fshort-wchar"];
  const link = ["-nostdlib", "-s", "-Wl,--subsystem,efi_application", "-Wl,--entry,EfiMain"];
  const source = new URL("echo-line.c", import.meta.url).pathname;
  execFileSync(zig, ["cc", ...flags, ...link, source, "-o", program], {
    cwd: root,
    env: toolEnvironment(),
  });
  const disk = join(folder, "echo.img");
  writeDiskImage(disk, { loader: readFileSync(program), boot: new Uint8Array(1), options: {} });
  return disk;
}
