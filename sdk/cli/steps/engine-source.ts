// The engine's own copy of quickjs.c, in which what servers do most takes fewer instructions (docs/decisions/026-edits-of-the-engine.md).
// What the code of a server sees is the same.
import { join } from "node:path";
import { sharedOut, type Step } from "../build/step.ts";
import { type Edit, editedSourceStep } from "./edited-source.ts";
import { branchEdits } from "./engine-edits/branches.ts";
import { callEdits } from "./engine-edits/calls.ts";
import { dispatchEdits } from "./engine-edits/dispatch.ts";
import { elementEdits } from "./engine-edits/elements.ts";
import { frameEdits } from "./engine-edits/frames.ts";
import { hostEdits } from "./engine-edits/host.ts";
import { operatorEdits } from "./engine-edits/operators.ts";
import { propertyEdits } from "./engine-edits/properties.ts";
import { shapeEdits } from "./engine-edits/shapes.ts";
import { valueEdits } from "./engine-edits/values.ts";

/** What is changed, and into what. */
export const engineEdits: readonly Edit[] = [
  ...branchEdits,
  ...callEdits,
  ...dispatchEdits,
  ...elementEdits,
  ...frameEdits,
  ...hostEdits,
  ...operatorEdits,
  ...propertyEdits,
  ...shapeEdits,
  ...valueEdits,
];

/** The folder where the copy lies, as quickjs.c. */
export const engineSourceFolder = join(sharedOut, "engine/source");
export const engineSourceCopy = join(engineSourceFolder, "quickjs.c");

/** Writes the copy. */
export function engineSourceStep(): Step {
  return editedSourceStep("source of the engine", engineSourceCopy, engineEdits);
}
