// Machine code that this process has compiled or got: written, sealed by the code keeper, and loaded as a kernel.
// Invariant: nothing of it is mapped writable when it is handed over, and nothing runs before it comes back sealed.
import { Failure } from "../contract/failure.ts";
import { type KernelFunctions, loadKernel } from "./kernel.ts";
import { Memory } from "./memory.ts";

/** The code keeper's call: `seal` of a client of servers/codekeeper/contract.ts. */
export type Seal = (request: {
  readonly memory: number;
  readonly size: number;
}) => Promise<{ readonly code: number } | Failure>;

/** Hands bytes over and gives the handle of the sealed memory, which may be mapped executable. */
export async function sealCode(seal: Seal, file: Uint8Array): Promise<number | Failure> {
  const memory = Memory.create(file.length);
  if (memory instanceof Failure) return memory;
  const view = memory.map();
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  view.copyIn(0, file, 0, file.length);
  view.close();
  const answer = await seal({ memory: memory.take(), size: file.length });
  return answer instanceof Failure ? answer : answer.code;
}

/**
 * A native `.tb` file as functions. `source`: hash of the sources that it must be of; `functions`: names; `errors`: beside each name
 * the error that it may give, or "".
 */
export async function sealedKernel(
  seal: Seal,
  name: string,
  file: Uint8Array,
  source: string,
  functions: readonly string[],
  errors: readonly string[],
): Promise<KernelFunctions | Failure> {
  const code = await sealCode(seal, file);
  return code instanceof Failure ? code : loadKernel(name, code, source, functions, errors);
}
