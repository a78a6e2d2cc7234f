// Child processes and folders that must not outlive this process. Invariant: whatever is held is
// ended and removed when the process ends, by return, error, Ctrl-C or a termination signal.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set<ChildProcess>();
const folders = new Set<string>();
let watching = false;

function release(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  children.clear();
  folders.clear();
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on("exit", release);
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
}

/** Ends the child with this process, unless it ends before. */
export function holdChild(child: ChildProcess): void {
  watch();
  children.add(child);
  child.once("exit", () => children.delete(child));
}

/** A new folder, short enough for the names of sockets, that goes with this process. */
export function holdFolder(): string {
  watch();
  const folder = mkdtempSync(join(tmpdir(), "leivos-"));
  folders.add(folder);
  return folder;
}

/** Removes a held folder now. */
export function releaseFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
