/**
 * Builds the runner when its source changed. Invariant: a finished program appears under its name at once, so that
 * processes that build it at the same time do not meet half of one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hex, sha256 } from "../source/sha256.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"];

/** Path of the runner, built when need be; throws an `Error` that says what is missing. */
export function runnerPath(): string {
  const sources = ["runner.c", "environment.h"].map(here);
  const text = sources.map((s) => readFileSync(s, "utf8")).join("");
  const digest = hex(sha256(Buffer.from(text + flags.join(" ")))).slice(0, 16);
  const folder = here("../../build/tape");
  const path = `${folder}/runner-${digest}`;
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const done = spawnSync("clang-14", [...flags, sources[0], "-o", fresh], { encoding: "utf8" });
  if (done.error !== undefined)
    throw new Error(
      "clang-14 is missing, which builds the runner of native code; run `npm run setup`",
    );
  if (done.status !== 0) throw new Error(`the runner does not compile:\n${done.stderr}`);
  renameSync(fresh, path);
  return path;
}
