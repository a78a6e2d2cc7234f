// The Debian packages the project needs, each with the command or file that shows it is there.
// Invariant: a probe reads the file system only, so that a run with nothing to do stays instant.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Finds a program in the folders of PATH.
 * @param {string} name
 * @returns {string | undefined} its absolute path
 */
export function which(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Both halves of the UEFI firmware for QEMU, as Debian lays them out. */
export const firmware = {
  code: "/usr/share/OVMF/OVMF_CODE_4M.fd",
  vars: "/usr/share/OVMF/OVMF_VARS_4M.fd",
};

/** @returns {string | undefined} the run-time library of clang 14's sanitizers */
function sanitizerLibrary() {
  const base = "/usr/lib/llvm-14/lib/clang";
  if (!existsSync(base)) return undefined;
  for (const version of readdirSync(base)) {
    const path = join(base, version, "lib/linux/libclang_rt.asan-x86_64.a");
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** @param {string} path */
const file = (path) => () => (existsSync(path) ? path : undefined);
/** @param {string} name */
const program = (name) => () => which(name);

/** @type {{ name: string, licence: string, use: string, find: () => string | undefined }[]} */
export const debianPackages = [
  { name: "nasm", licence: "BSD-2-Clause", use: "assembles the nucleus", find: program("nasm") },
  {
    name: "qemu-system-x86",
    licence: "GPL-2.0-only and others",
    use: "runs the system",
    find: program("qemu-system-x86_64"),
  },
  {
    name: "ovmf",
    licence: "BSD-2-Clause-Patent",
    use: "UEFI firmware for QEMU",
    find: () => file(firmware.code)() && file(firmware.vars)(),
  },
  {
    name: "clang-14",
    licence: "Apache-2.0 WITH LLVM-exception",
    use: "host tests under sanitizers, the runner of Tape's machine code",
    find: program("clang-14"),
  },
  {
    name: "libclang-rt-14-dev",
    licence: "Apache-2.0 WITH LLVM-exception",
    use: "the sanitizers' run-time",
    find: sanitizerLibrary,
  },
  {
    name: "musl-dev",
    licence: "MIT",
    use: "the engine's C library functions",
    find: file("/usr/lib/x86_64-linux-musl/libc.a"),
  },
  {
    name: "clang-format-14",
    licence: "Apache-2.0 WITH LLVM-exception",
    use: "C layout and line counts",
    find: program("clang-format-14"),
  },
  {
    name: "binutils",
    licence: "GPL-3.0-or-later",
    use: "objdump reads Tape's machine code in tests",
    find: program("objdump"),
  },
  {
    name: "python3",
    licence: "PSF-2.0",
    use: "runs pefile and scapy, which read executables and send hostile frames in tests",
    find: program("python3"),
  },
  {
    name: "gdisk",
    licence: "GPL-2.0-or-later",
    use: "checks disk images in tests",
    find: program("sgdisk"),
  },
  {
    name: "dosfstools",
    licence: "GPL-3.0-or-later",
    use: "checks file systems in tests",
    find: program("fsck.fat"),
  },
  {
    name: "iproute2",
    licence: "GPL-2.0-or-later",
    use: "makes the networks of tests against Linux",
    find: program("ip"),
  },
  {
    name: "dnsmasq-base",
    licence: "GPL-2.0-only OR GPL-3.0-only",
    use: "leases and names in tests against Linux",
    find: program("dnsmasq"),
  },
  {
    name: "curl",
    licence: "curl",
    use: "asks httpd in tests against Linux",
    find: program("curl"),
  },
  {
    name: "mtools",
    licence: "GPL-3.0-or-later",
    use: "reads file systems in tests",
    find: program("mdir"),
  },
];

/**
 * The command that installs packages on this machine.
 * @param {string[]} names
 * @returns {string}
 */
export function installCommand(names) {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  return `${sudo}apt-get install -y --no-install-recommends ${names.join(" ")}`;
}

/**
 * Installs packages with apt-get, as root or through sudo.
 * @param {string[]} names
 * @returns {string | undefined} what went wrong
 */
export function installDebian(names) {
  const apt = which("apt-get");
  if (apt === undefined) return "apt-get is missing: this set-up knows Debian and its descendants";
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && which("sudo") === undefined) return "needs root, and sudo is missing";
  const run = (/** @type {string[]} */ args) => {
    const argv = isRoot ? [apt, ...args] : ["sudo", apt, ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(/** @type {string} */ (argv[0]), argv.slice(1), {
      env,
      encoding: "utf8",
      stdio: ["inherit", "pipe", "pipe"],
    });
  };
  const install = ["install", "-y", "-q", "--no-install-recommends", ...names];
  let result = run(install);
  if (result.status !== 0) {
    // An old or absent package list is the usual cause: refresh it once.
    run(["update", "-q"]);
    result = run(install);
  }
  if (result.status === 0) return undefined;
  const lines = `${result.stderr ?? ""}\n${result.error?.message ?? ""}`.trim().split("\n");
  return lines.find((line) => line.startsWith("E:")) ?? lines.at(-1) ?? "apt-get failed";
}
