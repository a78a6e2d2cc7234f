// Runs `uusi boot` as a person does, and keeps what it wrote and how it ended.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";

/** A finished run. */
export interface Run {
  code: number;
  /** standard output as lines, without empty ones at the end */
  lines: string[];
  errors: string;
}

/** A guard against a run that never ends, in milliseconds. */
const patience = 150_000;

/** Boots with the given flags and waits for the end. Nothing is typed. */
export function uusiBoot(...flags: string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const entry = join(root, "sdk/cli/uusi.mjs");
    const child = spawn(process.execPath, [entry, "boot", "--accel", "tcg", ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      errors += part;
    });
    const guard = setTimeout(() => child.kill("SIGTERM"), patience);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(guard);
      const lines = text.replaceAll("\r", "").trimEnd().split("\n");
      resolve({ code: code ?? -1, lines, errors });
    });
  });
}
