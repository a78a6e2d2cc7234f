// Memory that netd shares with a client, as objects of the nucleus.
//
// Invariant: netd pays for it, and only maps it to read and write. Its client may do that as well, and keeps it alive when netd ends: who spoils
// the bytes spoils his own.

import { rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedMemory } from "./stream-rings.ts";

const CLIENT =
  rights.MAP | rights.READ | rights.WRITE | rights.INFO | rights.TRANSFER | rights.DUPLICATE;

/** Makes memory of `bytes`, or opens that of a handle. */
export function makeSharedMemory(bytes: number, saved?: number): SharedMemory | Failure {
  const memory = saved === undefined ? Memory.create(bytes) : new Memory(saved);
  if (memory instanceof Failure) return memory;
  const view = memory.mapForKernels();
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  return {
    view,
    number: memory.number,
    handle: () => memory.duplicate(CLIENT),
    close: () => {
      view.close();
      memory.close();
    },
  };
}
