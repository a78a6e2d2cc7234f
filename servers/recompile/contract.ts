// Machine code that is made again in the running system, of a kernel whose own does not fit the processor or the compiler.
import { call, contract } from "../../sdk/contract/contract.ts";
import { handle, u32 } from "../../sdk/contract/field.ts";

/** Most bytes of a kernel's file. */
export const MOST_FILE = 1 << 20;

export const Recompile = contract("recompile", 1, {
  /**
   * A native `.tb` file (tape/native/README.md) made anew of the bytecode in the one whose `size` bytes `memory` begins with: by this compiler,
   * with all that this processor has. What it gives is memory like any other; who wants to run it has it sealed by the code keeper.
   */
  kernel: call({ memory: handle("memory"), size: u32 }, { memory: handle("memory"), size: u32 }),
});
