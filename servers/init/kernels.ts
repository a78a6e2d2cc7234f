// The kernels of a server's code: objects of the boot image, or machine code that was pushed with the bundle and sealed by the code keeper.
// Invariant: a process gets a kernel under `kernel:NAME` for each name in its manifest, and pushed code runs only as the keeper gave it back.
import { rights } from "../../sdk/abi/table.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { open } from "../../sdk/runtime/open.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { Code as Keeper } from "../codekeeper/contract.ts";
import type { Code, Kernel } from "./code.ts";
import { duplicate } from "./grants.ts";
import { imageObject, type Machine } from "./machine.ts";
import { openForInit } from "./names.ts";
import { recompiled, strange } from "./recompiled.ts";
import { refitted } from "./refit.ts";
import type { SystemState } from "./system-state.ts";

const KERNEL = rights.MAP | rights.READ | rights.EXECUTE | rights.INFO;
/** The code keeper starts when it is asked, and looks at all bytes. */
const SEAL = 5e9;
const KEEPER = "/svc/jit";

/** Moves a handle of each kernel into a process: their grants. */
export function giveKernels(
  machine: Machine,
  process: Process,
  { kernels = [] }: PackedManifest,
  pushed: readonly Kernel[],
): { name: string; number: number }[] | Failure {
  const grants: { name: string; number: number }[] = [];
  for (const name of kernels) {
    const own = pushed.find((each) => each.name === name);
    const handle =
      own?.memory.number ??
      refitted(name)?.number ??
      imageObject(machine, `kernel/${name}.text`)?.handle;
    if (handle === undefined)
      return new Failure(
        failures.NOT_FOUND,
        `neither the boot image nor what was pushed has the kernel ${name}; build it again`,
      );
    const copy = duplicate(handle, KERNEL);
    const number = copy instanceof Failure ? copy : process.give(copy.take(), KERNEL);
    if (number instanceof Failure)
      return new Failure(number.code, `kernel ${name}: ${number.sentence}`);
    grants.push({ name: `kernel:${name}`, number });
  }
  return grants;
}

/** Has what was pushed with this code made executable, made anew where it does not fit. Why not, or nothing. */
export async function sealKernels(
  system: SystemState,
  { kernels }: Pick<Code, "kernels">,
): Promise<string | undefined> {
  const unsealed = kernels.filter((each) => !each.sealed);
  if (unsealed.length === 0) return undefined;
  for (const each of unsealed) {
    const why = system.development ? strange(each.memory) : undefined;
    if (why === undefined) continue;
    const made = await recompiled(system, each.name, each.memory, each.size, why);
    if (made === undefined) continue;
    each.memory.close();
    Object.assign(each, made);
  }
  const opened = await openForInit(system.names, KEEPER);
  if (opened instanceof Failure) return `its kernels can't be sealed: ${opened.sentence}`;
  const keeper = open(Keeper, opened.channel, KEEPER);
  try {
    for (const each of unsealed) {
      const { memory, size } = each;
      const answer = await keeper.seal({ memory: memory.take(), size }, { timeout: SEAL });
      if (answer instanceof Failure) return `kernel ${each.name}: ${answer.sentence}`;
      each.memory = new Memory(answer.code);
      each.sealed = true;
    }
  } finally {
    keeper.close();
  }
  return undefined;
}
