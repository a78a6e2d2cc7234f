// Programs out of Debian's packages, unpacked under build/peers and not installed, since their packages start servers or bring users of their own.
// Invariant: a folder is whole or not there; who has no archive goes without, and says so.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { which } from "../setup/debian.mjs";
import { buildDir } from "../setup/paths.mjs";

/** A program, and the folder of the libraries that came with it. */
export interface Unpacked {
  readonly path: string;
  readonly libraries: string;
}

/** The program `name` at `path` of these packages; an installed one comes first, undefined where there is none. */
export function unpackedProgram(
  name: string,
  path: string,
  packages: readonly string[],
): Unpacked | undefined {
  const folder = join(buildDir, "peers", name);
  const libraries = join(folder, "usr/lib/x86_64-linux-gnu");
  const installed = which(name);
  if (installed !== undefined) return { path: installed, libraries };
  const unpacked = { path: join(folder, path), libraries };
  if (existsSync(unpacked.path)) return unpacked;
  const aside = `${folder}.${process.pid}`;
  try {
    mkdirSync(aside, { recursive: true });
    const options = { cwd: aside, stdio: "ignore", timeout: 120_000 } as const;
    execFileSync("apt-get", ["download", "-qq", ...packages], options);
    for (const file of readdirSync(aside).filter((each) => each.endsWith(".deb")))
      execFileSync("dpkg-deb", ["-x", file, "."], options);
    renameSync(aside, folder);
  } catch {
    rmSync(aside, { recursive: true, force: true });
  }
  return existsSync(unpacked.path) ? unpacked : undefined;
}
