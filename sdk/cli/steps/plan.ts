// All steps of a build. A new part of the system adds its file in this folder and its line here.
import type { ImageAccount } from "../../image/development-account.ts";
import type { Step, Variant } from "../build/step.ts";
import { abiHeaderSteps } from "./abi-header.ts";
import { bootImageSteps } from "./boot-image.ts";
import { compilerSteps } from "./compiler.ts";
import { configurationSteps } from "./configuration.ts";
import { engineSteps } from "./engine.ts";
import { filesSteps } from "./files.ts";
import { kernelSteps } from "./kernels.ts";
import { loaderSteps } from "./loader.ts";
import { nucleusSteps } from "./nucleus.ts";
import { programSteps } from "./programs.ts";
import { serverSteps } from "./servers.ts";
import { simNucleusSteps } from "./sim-nucleus.ts";

/**
 * The steps that lead to a loader and a boot image, the longest first.
 * @param accounts of the image, besides the development account
 */
export function planSteps(variant: Variant, accounts: ImageAccount[]): Step[] {
  return [
    ...abiHeaderSteps(),
    ...engineSteps(),
    ...compilerSteps(),
    ...nucleusSteps(variant),
    ...loaderSteps(variant),
    ...simNucleusSteps(variant),
    ...serverSteps(),
    ...filesSteps(variant),
    ...programSteps(),
    ...kernelSteps(),
    ...configurationSteps(variant, accounts),
    ...bootImageSteps(variant),
  ];
}
