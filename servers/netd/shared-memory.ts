// Memory that netd shares with a client, as objects of the nucleus.
//
// Invariant: netd pays for it, and only maps it to read and write; what its client may do with it is said by the rights of its handle.

import { rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedMemory } from "./stream-rings.ts";

const CLIENT = rights.MAP | rights.READ | rights.INFO | rights.TRANSFER;

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
    handle: (write) => memory.duplicate(write ? CLIENT | rights.WRITE : CLIENT),
    close: () => {
      view.close();
      memory.close();
    },
  };
}
