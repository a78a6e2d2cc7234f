// The methods of a contract as one short text, `now=1a2b3c reset=9z8y`: names with the hashes of their schemas. By it init compares what code was
// made with to what runs, without either's contract.
// Invariant: two contracts have the same text for a method exactly when its hash is the same (docs/wire.md).
import type { Contract, Methods } from "./contract.ts";
import type { Field, Fields } from "./field.ts";
import { fnv1a } from "./fnv.ts";
import { schemaText } from "./schema-text.ts";

export function methodHashes({ methods }: Contract<Methods>): string {
  return Object.entries(methods)
    .map(([name, method]) => `${name}=${fnv1a(schemaText(method)).toString(36)}`)
    .join(" ");
}

/** The contracts of the channels that a server of this one hands out, in answers and events, and of those that come from these in turn. */
export function handedOut(contract: Contract<Methods>): Contract<Methods>[] {
  const found: Contract<Methods>[] = [];
  const look = (field: Field<unknown>): void => {
    if (field.inner !== undefined) look(field.inner);
    if (field.fields !== undefined) Object.values(field.fields).forEach(look);
    const { contract: other } = field;
    if (other === undefined || other === contract || found.includes(other)) return;
    found.push(other);
    walk(other);
  };
  const walk = ({ methods }: Contract<Methods>): void => {
    for (const method of Object.values(methods))
      if (method.kind !== "event") Object.values(method.reply as Fields).forEach(look);
      else if (method.to === "client") Object.values(method.fields as Fields).forEach(look);
  };
  walk(contract);
  return found;
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
