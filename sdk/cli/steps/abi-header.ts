// The C side of the system interface, generated into the checkout (a test holds it to the table).
import type { Step } from "../build/step.ts";

/** The header that every C part of the system includes. */
export const abiHeader = "sdk/abi/abi.gen.h";

/** Generates the header when the table has changed. */
export function abiHeaderSteps(): Step[] {
  const generator = "sdk/abi/header.ts";
  return [
    {
      name: "system interface header",
      inputs: ["sdk/abi/table.ts", generator],
      outputs: [abiHeader],
      action: [process.execPath, "--disable-warning=ExperimentalWarning", generator],
    },
  ];
}
