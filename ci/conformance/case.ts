// What a case is, and the assertions it uses. Each case runs at least twice; after the second run the process must hold as many handles and
// have as many bytes charged as after the first: no case may leak, and no system call under it.
import type { StartFacts } from "./start.ts";
export { equal, is } from "./equal.ts";
import { type ErrorName, resultName } from "./system.ts";

export interface Case {
  readonly name: string;
  run(facts: StartFacts): Promise<void> | void;
}

/** A named case of the list. */
export function test(name: string, run: Case["run"]): Case {
  return { name, run };
}

/** The result must be this error. */
export function refused(result: number, error: ErrorName, what: string): void {
  const name = resultName(result);
  if (name !== error) throw new Error(`${what}: ${name}, expected ${error}`);
}
