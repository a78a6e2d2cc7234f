// The order of steps: who waits for whom. Pure.
import { Failure } from "../failure.ts";
import type { Step } from "./step.ts";

/**
 * For each step the steps whose outputs it reads.
 * @throws Failure when two steps make one file, or steps wait for each other in a circle
 */
export function waitsFor(steps: readonly Step[]): Map<Step, Step[]> {
  const makers = new Map<string, Step>();
  for (const step of steps) {
    for (const output of step.outputs) {
      const other = makers.get(output);
      if (other) throw new Failure(`build: ${step.name} and ${other.name} both make ${output}`);
      makers.set(output, step);
    }
  }
  const waits = new Map<Step, Step[]>();
  for (const step of steps) {
    const makersOf = step.inputs.map((input) => makers.get(input));
    waits.set(step, [...new Set(makersOf.filter((maker) => maker !== undefined))]);
  }
  checkCircle(steps, waits);
  return waits;
}

function checkCircle(steps: readonly Step[], waits: Map<Step, Step[]>): void {
  const done = new Set<Step>();
  const open = new Set<Step>();
  const visit = (step: Step): void => {
    if (done.has(step)) return;
    if (open.has(step)) throw new Failure(`build: ${step.name} waits for itself`);
    open.add(step);
    for (const other of waits.get(step)!) visit(other);
    open.delete(step);
    done.add(step);
  };
  for (const step of steps) visit(step);
}
