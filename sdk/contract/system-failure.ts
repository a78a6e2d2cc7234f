// Turns a negative result of the nucleus into a Failure with the sentence of the ABI table.
import { errors } from "../abi/table.ts";
import { Failure } from "./failure.ts";
import { refusals } from "./refusals.ts";

const NO_RIGHT = -3;

/** The Failure of a code below 0; `what` says what was tried. */
export function systemFailure(code: number, what: string): Failure {
  // a literal inside the function (sdk/image/inline-constants.ts), so that the table costs nothing at start
  const all = Object.values(errors);
  for (let i = 0; i < all.length; i++)
    if (all[i]![0] === code) {
      const failure = new Failure(code, `${what}: ${all[i]![1]}`);
      if (code === NO_RIGHT) refusals.heard?.({ who: "", what, failure });
      return failure;
    }
  return new Failure(code, `${what}: error ${code}`);
}
