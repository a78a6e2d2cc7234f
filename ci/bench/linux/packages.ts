// The files of Debian's packages that the Linux guest is made of, fetched with the host's package
// manager and unpacked under build/bench/. Nothing is installed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildDir } from "../../setup/paths.mjs";

/** Where the guest's parts lie on the host. */
export interface LinuxFiles {
  /** such as `6.1.0-18-cloud-amd64` */
  version: string;
  kernel: string;
  busybox: string;
  /** path of a module by its name, such as `virtio_net` */
  module(name: string): string;
}

/** What is fetched, with its licence; none of it is part of an image of ours. */
export const benchPackages = [
  { name: "linux-image-cloud-amd64", licence: "GPL-2.0-only WITH Linux-syscall-note" },
  { name: "busybox-static", licence: "GPL-2.0-only" },
];

const folder = join(buildDir, "bench/linux");
const cure = "run: sudo apt-get update, then this benchmark again";

/** Runs a program and returns its standard output. @throws Error with its last words and the cure */
function run(program: string, args: string[], cwd: string): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const words = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split("\n")
      .at(-1);
    throw new Error(`bench: ${program} ${args[0]} failed: ${words}; ${cure}`);
  }
}

/** The package that Debian's name for its newest kernel of a kind depends on. */
function kernelPackage(): string {
  const text = run("apt-cache", ["depends", "linux-image-cloud-amd64"], ".");
  const name = /Depends: (linux-image-\S+)/.exec(text)?.[1];
  if (name === undefined) throw new Error(`bench: no package linux-image-cloud-amd64; ${cure}`);
  return name;
}

/** Fetches what is not there yet. */
export function linuxFiles(say: (line: string) => void): LinuxFiles {
  if (!existsSync(folder)) {
    const aside = `${folder}.${process.pid}`;
    mkdirSync(aside, { recursive: true });
    const packages = [kernelPackage(), "busybox-static"];
    say(`bench: fetching ${packages.join(" and ")}`);
    run("apt-get", ["download", "-qq", ...packages], aside);
    for (const file of readdirSync(aside)) {
      run("dpkg-deb", ["-x", file, "."], aside);
      rmSync(join(aside, file));
    }
    renameSync(aside, folder);
  }
  const kernel = readdirSync(join(folder, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (kernel === undefined)
    throw new Error(`bench: ${folder} holds no kernel; delete it and retry`);
  const version = kernel.slice("vmlinuz-".length);
  const modules = join(folder, "lib/modules", version, "kernel");
  const found = readdirSync(modules, { recursive: true, encoding: "utf8" });
  return {
    version,
    kernel: join(folder, "boot", kernel),
    busybox: join(folder, "bin/busybox"),
    module(name) {
      const path = found.find((each) => each.endsWith(`/${name}.ko`));
      if (path === undefined) throw new Error(`bench: this kernel has no module ${name}`);
      return join(modules, path);
    },
  };
}
