// TAP lines on the debug log: `1..N`, `ok 3 - name`, `not ok 4 - name: why`.
import { limits } from "../../sdk/abi/table.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { must } from "./system.ts";

/** Writes a line, its end added; longer than scratch is cut. */
export function line(log: number, text: string): void {
  const cut = `${text.slice(0, 1000)}\n`;
  const bytes = uusi.encode(cut, new Uint8Array(uusi.buffer), limits.SCRATCH_OFFSET);
  must("log_write", log, bytes);
}
