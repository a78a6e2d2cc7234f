// Kernels of the image whose machine code does not fit this processor or compiler: made anew before a server that needs them starts.
// Invariant: each is made once in a boot, and on development images only; where that fails the server gets the image's, and says why it cannot use it.
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Kernel } from "./code.ts";
import { imageObject, type Machine } from "./machine.ts";
import { recompiled, strange } from "./recompiled.ts";
import type { Server } from "./server.ts";
import type { SystemState } from "./system-state.ts";

/** Kernels of the image that were looked at: what stands for one that did not fit, or nothing. */
const seen = new Map<string, Memory | undefined>();

/** The code that stands for an image's kernel; undefined for the image's own. */
export const refitted = (name: string): Memory | undefined => seen.get(name);

/** Kernels of the image that a server needs and that do not fit, each with the reason. */
function unfit(machine: Machine, { kernels = [] }: PackedManifest, pushed: readonly Kernel[]) {
  const found: { name: string; memory: Memory; size: number; why: string }[] = [];
  for (const name of kernels) {
    const object = imageObject(machine, `kernel/${name}.text`);
    if (object === undefined || seen.has(name) || pushed.some((each) => each.name === name))
      continue;
    const memory = new Memory(object.handle, true);
    const why = strange(memory);
    if (why === undefined) seen.set(name, undefined);
    else found.push({ name, memory, size: object.length, why });
  }
  return found;
}

/**
 * Makes what a server needs fit; undefined when nothing is to be done, as in every system but a strange one.
 * @param seal has one made executable: why not, or nothing
 */
export function refit(
  system: SystemState,
  { entry, code }: Server,
  seal: (kernel: Kernel) => Promise<string | undefined>,
): Promise<void> | undefined {
  if (!system.development) return undefined;
  const list = unfit(system.machine, entry.manifest, code?.kernels ?? []);
  if (list.length === 0) return undefined;
  return (async () => {
    for (const { name, memory, size, why } of list) {
      const made = await recompiled(system, name, memory, size, why);
      const fault = made === undefined ? "" : await seal(made);
      seen.set(name, fault === undefined ? made?.memory : undefined);
    }
  })();
}
