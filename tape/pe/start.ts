/**
 * The first instructions of an executable for LeivOS and the host runner: they lay out linear memory, then `main`'s entry runs.
 *
 * Called as any entry is (`native/README.md`). The loader gives zeroed linear memory and the block's `limit`, `memory`, `bytes`, `host`,
 * `grow`; `sp` and `spLow` are set here. Invariant: falls through into the entry, with rdi as it was.
 */
import { DATA_BASE, HEAP_LIMIT, HEAP_START, STACK_BYTES } from "../bytecode/program.ts";
import type { ModuleState } from "../native/emit.ts";
import { environment } from "../native/environment.ts";
import type { Label } from "../x86-64/encode.ts";
import { r8, rax, rcx, rdi, rsi } from "../x86-64/registers.ts";
import { x } from "../x86-64/rows.ts";

/** Code that prepares `n` bytes of data and a heap from `heap` on; rdi is the environment block, before and after. */
export function writeMemory(m: ModuleState, data: Label, n: number, heap: number): void {
  const { a } = m;
  m.lines.push(a.length, -1, 0);
  a.rm(x.storeImm, 8, 0, rdi, environment.sp);
  a.int32(heap);
  a.rm(x.storeImm, 8, 0, rdi, environment.spLow);
  a.int32(heap - STACK_BYTES);
  a.rm(x.mov, 8, rax, rdi, environment.memory);
  a.rm(x.mov, 8, rcx, rdi, environment.bytes);
  a.rm(x.store, 8, rcx, rax, HEAP_LIMIT);
  a.rm(x.storeImm, 8, 0, rax, HEAP_START);
  a.int32(heap);
  if (n === 0) return;
  a.rr(x.mov, 8, r8, rdi);
  a.rip(x.lea, 8, rsi, data);
  a.rm(x.lea, 8, rdi, rax, DATA_BASE);
  a.o(x.movImm, 4, rcx);
  a.int32(n);
  a.z(x.repMovsb);
  a.rr(x.mov, 8, rdi, r8);
}
