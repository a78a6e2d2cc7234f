// Machine code that does not fit this processor or compiler, and what the recompiling server makes of it.
// Invariant: only development images ask for that; what comes back is sealed by the code keeper before anybody gets it.
import { protections, rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { KernelHead } from "../../sdk/runtime/kernel-head.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { open } from "../../sdk/runtime/open.ts";
import { processorHas } from "../../sdk/runtime/processor.ts";
import { Recompile } from "../recompile/contract.ts";
import type { Kernel } from "./code.ts";
import { duplicate } from "./grants.ts";
import { logLine } from "./machine.ts";
import { openForInit } from "./names.ts";
import type { SystemState } from "./system-state.ts";

/** The server starts when it is asked, and compiles in turns. */
const COMPILE = 30e9;
const NAME = "/svc/recompile";
const READ = rights.MAP | rights.READ | rights.INFO;
const HEAD = 4096;

/** Why machine code does not fit; undefined when it does, or can't be looked at. */
export function strange(memory: Memory): string | undefined {
  const view = memory.map(protections.READ, 0, HEAD);
  if (view instanceof Failure) return undefined;
  const why = new KernelHead(view).strange(processorHas());
  view.close();
  return why?.split(";")[0];
}

/** The kernel whose file memory begins with, made anew and not sealed. */
async function ask(system: SystemState, memory: Memory, size: number) {
  const opened = await openForInit(system.names, NAME);
  if (opened instanceof Failure) return opened;
  const copy = duplicate(memory.number, READ);
  const server = open(Recompile, opened.channel, NAME);
  const made =
    copy instanceof Failure
      ? copy
      : await server.kernel({ memory: copy.take(), size }, { timeout: COMPILE });
  server.close();
  return made;
}

/** A kernel made anew because of `why`; undefined when that can't be had, which the log says. */
export async function recompiled(
  system: SystemState,
  name: string,
  memory: Memory,
  size: number,
  why: string,
): Promise<Kernel | undefined> {
  const made = await ask(system, memory, size);
  const failed = made instanceof Failure;
  const end = failed ? `it is not compiled anew: ${made.sentence}` : "compiled anew";
  logLine(system.machine, `init: kernel ${name}: ${why}: ${end}`, !failed);
  return failed
    ? undefined
    : { name, memory: new Memory(made.memory), size: made.size, sealed: false };
}
