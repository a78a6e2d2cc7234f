// How the process of a test file ends: what its tests left open cannot keep it, and with it the whole run, alive for ever.
// Invariant: a process that has nothing open ends by itself, at once and in silence.
import { ChildProcess } from "node:child_process";
import { relative } from "node:path";
import test, { registerCompletionHandler } from "ava";

/** Time for what is about to close by itself, in milliseconds. */
const GRACE = 20_000;

/** Everything that keeps this process alive. Node has no public call that gives more than the kinds. */
function openHandles(): unknown[] {
  const inner = process as unknown as { _getActiveHandles?: () => unknown[] };
  return inner._getActiveHandles?.() ?? [];
}

function end(): void {
  const children = openHandles().filter((handle) => handle instanceof ChildProcess);
  const file = relative(process.cwd(), test.meta.file.replace("file://", ""));
  const kinds = process.getActiveResourcesInfo().join(", ");
  const commands = children.map((child) => `${child.spawnfile} (${child.pid})`).join(", ");
  process.stderr.write(`${file} left open: ${kinds}${commands && `; ended: ${commands}`}\n`);
  for (const child of children) child.kill("SIGKILL");
  process.exit(0);
}

registerCompletionHandler(() => {
  setTimeout(end, GRACE).unref();
});
