// Which server's contract.ts defines a contract, for channels that no name leads to: contract name -> server.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serverNames } from "../steps/servers.ts";

/** Of this source tree. */
export function contractHomes(): ReadonlyMap<string, string> {
  const homes = new Map<string, string>();
  for (const server of serverNames()) {
    const path = join("servers", server, "contract.ts");
    if (!existsSync(path)) continue;
    for (const match of readFileSync(path, "utf8").matchAll(/\bcontract\(\s*"([^"]+)"/g))
      homes.set(match[1]!, server);
  }
  return homes;
}
