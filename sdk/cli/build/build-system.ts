// Builds the system and tells where its parts are: what `build`, `image` and `boot` share.
import type { ImageAccount } from "../../image/development-account.ts";
import { bootImagePath } from "../steps/boot-image.ts";
import { loaderPath } from "../steps/loader.ts";
import { planSteps } from "../steps/plan.ts";
import { Builder, type BuildResult } from "./builder.ts";
import { withLock } from "./lock.ts";
import type { Variant } from "./step.ts";

/** The results of a build, as paths. */
export interface BuiltSystem extends BuildResult {
  loader: string;
  boot: string;
}

/**
 * Brings a variant of the system up to date.
 * @param say receives a line for each step that runs
 * @throws Failure with a line that names the step
 */
export async function buildSystem(
  variant: Variant,
  say: (line: string) => void,
  verbose: boolean,
  accounts: ImageAccount[] = [],
): Promise<BuiltSystem> {
  const result = await withLock("build/build.lock", () =>
    new Builder("build", say, verbose).build(planSteps(variant, accounts)),
  );
  return { ...result, loader: loaderPath(variant), boot: bootImagePath(variant) };
}
