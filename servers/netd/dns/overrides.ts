// Names that are known without asking: a table in the form of /etc/hosts.
//
// Invariant: what the table says of a name is all: a name that stands in it is never asked for, whatever the kind.

import type { Finding } from "./answer.ts";
import { TYPE_A, TYPE_AAAA, TYPE_PTR } from "./record-type.ts";
import { encodeName, reverseName } from "./name.ts";
import { parseIpAddress } from "../ip-address.ts";

/** Addresses as text by name, names by address. */
export interface Overrides {
  readonly addresses: Map<string, string[]>;
  readonly names: Map<string, string[]>;
}

/** Lines that are read: an address, a name and its other names; `#` begins a remark. What is neither is passed over. */
export function parseOverrides(text: string): Overrides {
  const overrides: Overrides = { addresses: new Map(), names: new Map() };
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const old = parseIpAddress(address);
    if (old === undefined && !/^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/.test(address)) continue;
    for (const each of names) {
      if (encodeName(each) === undefined) continue;
      const name = each.toLowerCase().replace(/\.$/, "");
      add(overrides.addresses, name, address.toLowerCase());
      if (old !== undefined) add(overrides.names, reverseName(old), name);
    }
  }
  return overrides;
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

/** What the table says of a name; undefined when it does not stand there. */
export function findOverride(
  overrides: Overrides,
  name: string,
  type: number,
): Finding | undefined {
  const key = name.toLowerCase().replace(/\.$/, "");
  const known = type === TYPE_PTR ? overrides.names.get(key) : overrides.addresses.get(key);
  if (known === undefined) return undefined;
  const colon = type === TYPE_AAAA;
  const fits = type === TYPE_A || type === TYPE_AAAA;
  const values = known.filter(
    (each) => type === TYPE_PTR || (fits && each.includes(":") === colon),
  );
  return { outcome: values.length > 0 ? "found" : "no-data", canonical: key, values, ttl: 0 };
}
