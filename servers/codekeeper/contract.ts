// Making memory executable: the one way to code that did not come with the boot image as such.
import { call, contract } from "../../sdk/contract/contract.ts";
import { handle, u32 } from "../../sdk/contract/field.ts";

/** Most bytes of one piece of code. */
export const MOST_CODE = 1 << 20;

export const Code = contract("code", 1, {
  /**
   * Seals memory, whose first `size` bytes are code: nobody can change it from then on, and `code` may be mapped executable. It must not
   * be mapped writable any more (BUSY). What is asked at /svc/code must be named by the boot image: its SHA-256 is compared when it is
   * sealed already. What is asked at /svc/jit, on development images only, is taken as the holder of that name has compiled it.
   */
  seal: call({ memory: handle("memory"), size: u32 }, { code: handle("memory") }),
});
