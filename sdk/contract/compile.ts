// Compiles a contract on Node, from the source text that emit.ts writes. Bundles never hold this file: the build compiles their
// contracts and puts a refusal in its place.
import type { Compiled } from "./compiled.ts";
import type { Contract, Methods } from "./contract.ts";
import { emitContract } from "./emit.ts";
import { text } from "./text.ts";

export function compile(contract: Contract<Methods>): Compiled {
  const source = emitContract(contract, "text");
  return new Function("text", `"use strict"; return ${source};`)(text) as Compiled;
}
