// The flags by which a command chooses a variant of the build.
import { type FlagTable, type Given, wordOf } from "../flags.ts";
import { standardVariant, type Variant } from "./step.ts";

export const variantFlags: FlagTable = {
  variant: { value: "checks", help: "C parts that trap on undefined behaviour" },
};

/** The variant that is asked for. @throws Failure exit code 2 */
export function variantOf(given: Given): Variant {
  const name = wordOf(given, "variant", ["checks"]);
  if (name === undefined) return standardVariant;
  return { ...standardVariant, out: `build/variants/${name}`, checks: true };
}
