// Why code does not fit a server that runs, by the field: what the code is made with beside what the server says that it serves.
import type { SchemaFacts, StateFacts } from "../channel/facts.ts";
import type { Connection } from "../channel/connection.ts";
import { schemaDifference } from "../../contract/schema-difference.ts";

/** The first difference of a method that both have; "" without one. */
export function differingField(
  made: readonly SchemaFacts[],
  running: readonly SchemaFacts[],
): string {
  for (const { name, methods } of made)
    for (const other of running) {
      if (other.name !== name) continue;
      for (const [method, schema] of Object.entries(methods)) {
        const served = other.methods[method];
        const how = served === undefined ? undefined : schemaDifference(served, schema);
        if (how !== undefined) return `${name}.${method}: ${how}`;
      }
    }
  return "";
}

/** The same, asked of these servers; one that declares no state does not say. */
export async function differingFields(
  line: Pick<Connection, "ask">,
  made: readonly SchemaFacts[],
  servers: readonly string[],
): Promise<string> {
  for (const server of servers) {
    const reply = await line.ask("state", { server }).catch(() => undefined);
    if (typeof reply?.["text"] !== "string") continue;
    const { contracts = [] } = JSON.parse(reply["text"]) as StateFacts;
    const found = differingField(made, contracts);
    if (found !== "") return found;
  }
  return "";
}
