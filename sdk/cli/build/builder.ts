// Runs the steps of a build that are not up to date, two at a time, in the order of their inputs.
// Invariant: a step is skipped only when its command, its tools, every input and every output are
// what they were when it last ended well.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { pins } from "../../../ci/setup/pinned-tools.mjs";
import { Failure } from "../failure.ts";
import { type BuildState, readState, writeState } from "./build-state.ts";
import { Fingerprints } from "./fingerprint.ts";
import { waitsFor } from "./order.ts";
import { parseDependencies, runStep } from "./run-step.ts";
import type { Step } from "./step.ts";

/** How a build went. */
export interface BuildResult {
  ran: number;
  skipped: number;
}

/** The driver of all builds of a checkout. */
export class Builder {
  readonly #statePath: string;
  readonly #state: BuildState;
  readonly #prints: Fingerprints;
  readonly #say: (line: string) => void;
  readonly #verbose: boolean;

  /**
   * @param folder where the state of all builds is kept
   * @param say receives a line for each step
   * @param verbose also names commands and skipped steps
   */
  constructor(folder: string, say: (line: string) => void, verbose: boolean) {
    this.#statePath = `${folder}/state.json`;
    this.#state = readState(this.#statePath);
    this.#prints = new Fingerprints(this.#state.files);
    this.#say = say;
    this.#verbose = verbose;
  }

  /**
   * Brings all outputs up to date.
   * @throws Failure after the first step that fails, once those that run beside it have ended
   */
  async build(steps: readonly Step[]): Promise<BuildResult> {
    const waits = waitsFor(steps);
    const left = new Set(steps);
    const running = new Map<Step, Promise<void>>();
    const result = { ran: 0, skipped: 0 };
    let failed: string | undefined;
    const begin = async (step: Step) => {
      const ok = await this.#bringUpToDate(step, result);
      running.delete(step);
      if (!ok) failed ??= step.name;
    };
    try {
      while (left.size > 0 || running.size > 0) {
        for (const step of left) {
          if (failed !== undefined || running.size >= availableParallelism()) break;
          const blocked = waits.get(step)!.some((other) => left.has(other) || running.has(other));
          if (blocked) continue;
          left.delete(step);
          running.set(step, begin(step));
        }
        if (running.size === 0) break;
        await Promise.race(running.values());
      }
    } finally {
      writeState(this.#statePath, this.#state);
    }
    if (failed !== undefined) throw new Failure(`build: ${failed} failed; see its message above`);
    return result;
  }

  async #bringUpToDate(step: Step, result: BuildResult): Promise<boolean> {
    if (this.#isUpToDate(step)) {
      result.skipped++;
      if (this.#verbose) this.#say(`build: ${step.name}: up to date`);
      return true;
    }
    if (this.#verbose && Array.isArray(step.action)) this.#say(`build: ${step.action.join(" ")}`);
    delete this.#state.steps[step.outputs[0]!];
    const missing = step.inputs.find((input) => this.#prints.of(input) === undefined);
    if (missing !== undefined) {
      this.#say(`build: ${step.name}: ${missing} is missing`);
      return false;
    }
    const started = performance.now();
    const { ok, text } = await runStep(step);
    result.ran++;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.#say(`build: ${step.name}${ok ? "" : ": failed"} (${seconds} s)`);
    if (text !== "") this.#say(text);
    if (ok) this.#remember(step);
    return ok;
  }

  #remember(step: Step): void {
    const found = step.dependencies === undefined ? [] : parseDependencies(step.dependencies);
    const outputs = step.outputs.map((output) => this.#prints.of(output)!);
    this.#state.steps[step.outputs[0]!] = { key: this.#key(step, found), found, outputs };
  }

  #isUpToDate(step: Step): boolean {
    const finished = this.#state.steps[step.outputs[0]!];
    if (finished === undefined) return false;
    const same = step.outputs.every((path, i) => this.#prints.of(path) === finished.outputs[i]);
    return same && this.#key(step, finished.found) === finished.key;
  }

  #key(step: Step, found: readonly string[]): string {
    const hash = createHash("sha256");
    const tools = Object.values(pins).map(({ sha256 }) => sha256);
    const action = typeof step.action === "function" ? "function" : step.action;
    hash.update(JSON.stringify([tools, action, step.key, step.outputs]));
    for (const path of [...step.inputs, ...found]) {
      hash.update(`${path}\0${this.#prints.of(path) ?? "absent"}\0`);
    }
    return hash.digest("hex");
  }
}
