// Who has which function: decided from the manifests that init told, without touching a device.
// Invariant: a function has at most one owner; an owner only functions of classes in its manifest.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { formatBdf } from "./config-space.ts";
import { isDeviceClass, ofClass } from "./device-class.ts";
import type { PciFunction } from "./enumerate.ts";

/** The state: owners by function address. */
export interface Claims {
  readonly functions: readonly PciFunction[];
  /** Server name -> classes in its manifest. */
  readonly allowed: { readonly [server: string]: readonly string[] };
  readonly owners: { [bdf: number]: string | undefined };
  /** Functions that are being brought to rest after their driver's end. */
  readonly resting: { [bdf: number]: Promise<void> | undefined };
  /** Whose owners have not come back since `pci` ended. */
  readonly orphans: { has(bdf: number): boolean };
}

/** Reads the `claims:SERVER` options that init gives. */
export function allowedClasses(options: { readonly [key: string]: string }): {
  [server: string]: readonly string[];
} {
  const allowed: { [server: string]: readonly string[] } = {};
  for (const key of Object.keys(options))
    if (key.startsWith("claims:")) allowed[key.slice(7)] = (options[key] as string).split(" ");
  return allowed;
}

/** The function that `server` may take, or why there is none. It is not marked as taken yet. */
export function choose(claims: Claims, server: string, name: string): PciFunction | Failure {
  const classes = Object.hasOwn(claims.allowed, server) ? claims.allowed[server] : undefined;
  if (classes?.includes(name) !== true)
    return refuse(
      failures.REFUSED,
      `${server} may not claim ${name}: add it to \`devices\` in servers/${server}/manifest.ts`,
      isDeviceClass(name) ? { field: "devices", value: name } : undefined,
    );
  if (!isDeviceClass(name))
    return refuse(failures.INVALID, `${name} is no class of devices on the PCI bus`);
  const found = ofClass(claims.functions, name);
  if (found.length === 0) return refuse(failures.NOT_FOUND, `this machine has no ${name} device`);
  // A server that claims again after the end of `pci` is another process than the one that had the device.
  const left = ({ bdf }: PciFunction) => claims.owners[bdf] === server && claims.orphans.has(bdf);
  for (const each of found) if (left(each) || claims.owners[each.bdf] === undefined) return each;
  const first = found[0] as PciFunction;
  return refuse(
    failures.BUSY,
    `${name} at ${formatBdf(first.bdf)} is claimed by ${claims.owners[first.bdf]}`,
  );
}
