// What the last build knew, kept beside its outputs: keys of finished steps, hashes of files.
// Invariant: a state that can't be read is an empty one, which only costs a full build.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Seen } from "./fingerprint.ts";

/** A step that ended well. */
export interface Finished {
  /** hash of command, settings, tools and inputs */
  key: string;
  /** what the compiler found to be read besides the inputs */
  found: string[];
  /** hashes of the outputs, in the order of the step's record */
  outputs: string[];
}

/** The whole memory of a build folder. */
export interface BuildState {
  /** by the step's first output */
  steps: Record<string, Finished>;
  files: Record<string, Seen>;
}

/** Reads a state. */
export function readState(path: string): BuildState {
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as BuildState;
    if (typeof state.steps === "object" && typeof state.files === "object") return state;
  } catch {
    // none yet, or damaged
  }
  return { steps: {}, files: {} };
}

/** Writes a state, whole or not at all. */
export function writeState(path: string, state: BuildState): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(state));
  renameSync(`${path}.${process.pid}`, path);
}
