// A copy of the tree as it stands, for tests that follow what a newcomer does: sources copied, what is installed or built shared.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../setup/paths.mjs";

/** Makes a copy and returns its folder, which the caller removes. */
export function copyTree(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), `leivos-${name}-`));
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8" });
  for (const file of files.split("\0").filter((path) => path && existsSync(join(root, path)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  mkdirSync(join(copy, "build"));
  for (const part of ["out", "sim", "state.json"]) {
    const built = join(root, "build", part);
    if (existsSync(built)) cpSync(built, join(copy, "build", part), { recursive: true });
  }
  for (const part of ["tools", "cache"])
    symlinkSync(join(root, "build", part), join(copy, "build", part));
  return copy;
}
