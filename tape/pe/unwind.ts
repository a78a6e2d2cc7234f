/**
 * Tables by which debuggers and the system undo stacks (`.pdata`, `.xdata`).
 *
 * Source: Microsoft, "x64 exception handling". Invariant: functions with equal prologues share one description; functions that
 * take no stack have none, as the format wants of leaves.
 */
import type { StackFrame } from "../native/emit.ts";
import { Bytes } from "./bytes.ts";

const [PUSH, LARGE, SMALL, FRAME] = [0, 1, 2, 3];

/** `description` is where a function's prologue is described, from the start of `descriptions`. */
export interface UnwindTables {
  readonly functions: readonly { from: number; to: number; description: number }[];
  readonly descriptions: Uint8Array;
}

export function unwindTables(frames: readonly StackFrame[]): UnwindTables {
  const out = new Bytes();
  const known = new Map<string, number>();
  const functions = [...frames]
    .sort((a, b) => a.from - b.from)
    .map(({ from, to, steps }) => {
      const key = steps.map((s) => `${s.at}${s.what}${s.n}`).join(" ");
      let description = known.get(key);
      if (description === undefined) {
        out.align(4);
        description = out.length;
        known.set(key, description);
        describe(out, steps);
      }
      return { from, to, description };
    });
  out.align(4);
  return { functions, descriptions: out.done() };
}

function describe(out: Bytes, steps: StackFrame["steps"]): void {
  const codes: number[] = [];
  let pointer = 0;
  // The last step comes first.
  for (let i = steps.length - 1; i >= 0; i--) {
    const { at, what, n } = steps[i];
    if (what === "push") codes.push(at | (PUSH << 8) | (n << 12));
    else if (what === "frame") {
      codes.push(at | (FRAME << 8));
      pointer = n;
    } else if (n <= 128) codes.push(at | (SMALL << 8) | ((n / 8 - 1) << 12));
    else if (n < 512 * 1024) codes.push(at | (LARGE << 8), n / 8);
    else codes.push(at | (LARGE << 8) | (1 << 12), n & 0xffff, n >>> 16);
  }
  out.u8(1);
  out.u8(steps.length === 0 ? 0 : steps[steps.length - 1].at);
  out.u8(codes.length);
  out.u8(pointer);
  for (const code of codes) out.u16(code);
}
