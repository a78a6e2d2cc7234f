// Runs the action of one step and collects what it said.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { toolEnvironment } from "../tool-chain.ts";
import type { Step } from "./step.ts";

/** How an action ended: its words, verbatim, and whether it went well. */
export interface Outcome {
  ok: boolean;
  text: string;
}

/** Runs a step's action in the checkout's top folder. */
export async function runStep(step: Step): Promise<Outcome> {
  for (const output of step.outputs) mkdirSync(dirname(output), { recursive: true });
  const outcome = await act(step);
  if (!outcome.ok) return outcome;
  const missing = step.outputs.filter((output) => !existsSync(output));
  if (missing.length === 0) return outcome;
  return { ok: false, text: `${outcome.text}\n${step.name} did not make ${missing.join(", ")}` };
}

async function act({ action }: Step): Promise<Outcome> {
  if (typeof action !== "function") return runProgram(action);
  try {
    await action();
    return { ok: true, text: "" };
  } catch (error) {
    const isPlain = error instanceof Error && error.name !== "TypeError";
    return { ok: false, text: isPlain ? error.message : String((error as Error)?.stack ?? error) };
  }
}

function runProgram([program, ...parameters]: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program!, parameters, {
      env: toolEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
    }
    child.once("error", (error) => resolve({ ok: false, text: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, text: text.trimEnd() }));
  });
}

/** The files that a Make-style dependency file names behind its target. */
export function parseDependencies(path: string): string[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8").replaceAll("\\\n", " ");
  const files = text.slice(text.indexOf(": ") + 2).split("\n", 1)[0]!;
  return files
    .split(/(?<!\\)\s+/)
    .filter((file) => file !== "")
    .map((file) => file.replaceAll("\\ ", " "));
}
