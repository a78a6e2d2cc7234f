// Names of methods by their ids, from all contracts of this source tree: what the first word of a message means.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compiledOf } from "../../contract/compiled.ts";
import type { Contract, Methods } from "../../contract/contract.ts";
import { serverNames } from "../steps/servers.ts";

const shared = ["sdk/runtime/supervisor.contract.ts", "sdk/hot/hot.contract.ts"];

function isContract(value: unknown): value is Contract<Methods> {
  const { name, version, methods } = (value ?? {}) as Partial<Contract<Methods>>;
  return typeof name === "string" && typeof version === "number" && typeof methods === "object";
}

/** `contract.method`, or several with `|` where contracts have a method of one name. */
export async function methodNames(): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string[]>([[0, ["hello"]]]);
  const files = serverNames().map((name) => join("servers", name, "contract.ts"));
  for (const file of [...shared, ...files].filter((each) => existsSync(each)))
    for (const value of Object.values(await import(pathToFileURL(file).href))) {
      if (!isContract(value)) continue;
      for (const { id, name } of compiledOf(value).methods)
        names.set(id, [...(names.get(id) ?? []), `${value.name}.${name}`]);
    }
  return new Map([...names].map(([id, all]) => [id, all.join("|")]));
}
