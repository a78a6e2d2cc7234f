// Copies of quickjs.c with places of it changed. Invariant: an edit whose place is not found exactly as often as it says is an error, so that
// a newer source is looked at again.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Step } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { engineSource } from "../tool-chain.ts";

/** What is changed, into what, and how often it is there. */
export interface Edit {
  readonly from: string;
  readonly to: string;
  readonly times: number;
}

/** The source with all edits made. */
export function editedSource(source: string, edits: readonly Edit[]): string {
  for (const { from, to, times } of edits) {
    const found = source.split(from).length - 1;
    if (found !== times)
      throw new Failure(
        `quickjs.c has ${JSON.stringify(from)} ${found} times and not ${times}; look at the edits in sdk/cli/steps/*-source.ts`,
      );
    source = source.replaceAll(from, to);
  }
  return source;
}

/** Writes a copy to `output`. */
export function editedSourceStep(name: string, output: string, edits: readonly Edit[]): Step {
  const from = join(engineSource, "quickjs.c");
  return {
    name,
    inputs: [from],
    outputs: [output],
    key: JSON.stringify(edits),
    action: () => {
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, editedSource(readFileSync(from, "utf8"), edits));
    },
  };
}
