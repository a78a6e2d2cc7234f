// Objects made from privileges, each a handle number that `init` or `pci` holds: interrupts, I/O ports, device memory, DMA, budgets.
import type { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { Interrupt } from "./interrupt.ts";
import { IoPorts } from "./io-ports.ts";
import { Memory } from "./memory.ts";
import { systemCalls } from "./system-call.ts";
import { systemFailure } from "../contract/system-failure.ts";

/** `source`: ISA line 0..15, or interruptSources.MSI. */
export function createInterrupt(privilege: number, source: number): Interrupt | Failure {
  const result = uusi.sys(systemCalls.interrupt_create, privilege, source);
  return result < 0 ? systemFailure(result, `interrupt ${source}`) : new Interrupt(result);
}

export function createIoPorts(privilege: number, base: number, count: number): IoPorts | Failure {
  const result = uusi.sys(systemCalls.io_ports_create, privilege, base, count);
  if (result < 0) return systemFailure(result, `I/O ports 0x${base.toString(16)}+${count}`);
  return new IoPorts(result);
}

/** Device memory at a physical address; `flags`: deviceMemoryFlags. */
export function createDeviceMemory(
  privilege: number,
  physical: number,
  bytes: number,
  flags: number,
): Memory | Failure {
  const result = uusi.sys(systemCalls.device_memory_create, privilege, physical, bytes, flags);
  if (result < 0) return systemFailure(result, `device memory 0x${physical.toString(16)}`);
  return new Memory(result);
}

/** Contiguous memory for the device that the privilege's badge names; `busAddress()` tells where. */
export function createDma(privilege: number, bytes: number): Memory | Failure {
  const result = uusi.sys(systemCalls.dma_create, privilege, bytes);
  return result < 0 ? systemFailure(result, `${bytes} bytes for DMA`) : new Memory(result);
}

/** Frees the quarantined frames of a device that was reset; their number. */
export function releaseDma(privilege: number, device: number): number | Failure {
  const result = uusi.sys(systemCalls.dma_release, privilege, device);
  return result < 0 ? systemFailure(result, "releasing DMA memory") : result;
}

/** A budget of `bytes` under `parent`; a handle number. */
export function createBudget(parent: number, bytes: number): number | Failure {
  const result = uusi.sys(systemCalls.budget_create, parent, bytes);
  return result < 0 ? systemFailure(result, `a budget of ${bytes} bytes`) : result;
}
