// The methods of a contract as one short text, `now=1a2b3c reset=9z8y`: names with the hashes of their schemas. By it init compares what code was
// made with to what runs, without either's contract.
// Invariant: two contracts have the same text for a method exactly when its hash is the same (docs/wire.md).
import type { Contract, Methods } from "./contract.ts";
import { fnv1a } from "./fnv.ts";
import { schemaText } from "./schema-text.ts";

export function methodHashes({ methods }: Contract<Methods>): string {
  return Object.entries(methods)
    .map(([name, method]) => `${name}=${fnv1a(schemaText(method)).toString(36)}`)
    .join(" ");
}

/** The first method of `speaks` that `serves` has not in its shape, and what is the matter; undefined without one. */
export function lackingMethod(
  speaks: string,
  serves: string,
): { readonly method: string; readonly other: boolean } | undefined {
  const known = serves.split(" ");
  for (const each of speaks.split(" ")) {
    if (each === "" || known.includes(each)) continue;
    const method = each.slice(0, each.indexOf("="));
    return { method, other: known.some((one) => one.startsWith(`${method}=`)) };
  }
  return undefined;
}
