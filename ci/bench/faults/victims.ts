// Which servers faults are put into: all that run for as long as the system does.
import type { SystemImage } from "../../../sdk/sim/system.ts";

/** These end at once, by their own decision, in a machine without such a device. */
const absent = ["e1000e", "serial-line"];

interface Manifest {
  readonly start?: string;
  readonly serves?: readonly { readonly name: string }[];
  readonly needs?: readonly string[];
}

/** The servers that can't work without `name`, as their manifests say it, one behind the other. */
export function dependents({ config }: Pick<SystemImage, "config">, name: string): Set<string> {
  const found = new Set<string>();
  const all = config.servers as readonly { name: string; manifest: Manifest }[];
  const serves = (server: string) =>
    (all.find((each) => each.name === server)?.manifest.serves ?? []).map(({ name }) => name);
  const add = (server: string): void => {
    for (const each of all)
      if (!found.has(each.name) && each.manifest.needs?.some((n) => serves(server).includes(n))) {
        found.add(each.name);
        add(each.name);
      }
  };
  add(name);
  return found;
}

/** Names of the servers of a system with a line to its host, init first. */
export function victims({ config }: Pick<SystemImage, "config">): string[] {
  const started = config.servers
    .filter(({ manifest }) => (manifest as Manifest).start !== "demand")
    .map(({ name }) => name)
    .filter((name) => !absent.includes(name));
  return ["init", ...started];
}
