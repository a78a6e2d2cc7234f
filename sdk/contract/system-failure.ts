// Turns a negative result of the nucleus into a Failure with the sentence of the ABI table.
import { errors } from "../abi/table.ts";
import { Failure } from "./failure.ts";

/** The Failure of a code below 0; `what` says what was tried. */
export function systemFailure(code: number, what: string): Failure {
  for (const name in errors) {
    const [number, sentence] = errors[name as keyof typeof errors];
    if (number === code) return new Failure(code, `${what}: ${sentence}`);
  }
  return new Failure(code, `${what}: error ${code}`);
}
