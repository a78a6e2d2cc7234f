// Where a script's machine code trapped: addresses as kinds of traps, functions and lines, of the script and of the library beside it.
// Invariant: an address of neither is nobody's, and left out.
import { type KernelHead, kernelHead } from "../../../sdk/runtime/kernel-head.ts";
import type { TraceLine } from "../../../tape/interp/machine.ts";
import { traceOf, trapKind } from "../../../tape/pe/trace-table.ts";
import type { NativeProgram } from "./program.ts";

const TRAP_WORDS = 12;
const LINE_WORDS = 12;
const FUNCTION_WORDS = 16;

/** The last entry of a table, ascending by its first word, whose first word is below `offset`; -1 when none is. */
function below(
  head: KernelHead,
  first: number,
  count: number,
  each: number,
  offset: number,
): number {
  let low = -1;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (head.word(first + each * middle) < offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Kind of the trap with this return address; 0 when the environment says it, undefined when no trap has it. */
export function kindAt(
  { module, traces, slot, library }: NativeProgram,
  address: number,
): number | undefined {
  const offset = address - slot.code;
  if (offset >= 0 && offset <= module.bytes.length) return trapKind(traces, offset);
  const { head, code } = library;
  const first = head.word(kernelHead.traps);
  const count = head.word(kernelHead.trapCount);
  const at = below(head, first, count, TRAP_WORDS, address - code) + 1;
  if (at >= count || head.word(first + TRAP_WORDS * at) !== address - code) return undefined;
  return head.word(first + TRAP_WORDS * at + 4);
}

function libraryLines(head: KernelHead, offset: number, into: TraceLine[]): void {
  const first = head.word(kernelHead.lines);
  const at = below(head, first, head.word(kernelHead.lineCount), LINE_WORDS, offset);
  if (at < 0) return;
  let site = head.word(first + LINE_WORDS * at + 4) | 0;
  let line = head.word(first + LINE_WORDS * at + 8);
  while (site >= 0 && site < head.word(kernelHead.functionCount)) {
    const of = head.word(kernelHead.functions) + FUNCTION_WORDS * site;
    into.push({ fn: head.text(head.word(of)), file: head.text(head.word(of + 4)), line });
    site = head.word(of + 8) | 0;
    line = head.word(of + 12);
  }
}

/** Functions and lines of return addresses, innermost first. */
export function linesOf(program: NativeProgram, addresses: readonly number[]): TraceLine[] {
  const out: TraceLine[] = [];
  const { module, traces, slot, library } = program;
  for (const address of addresses) {
    const offset = address - slot.code;
    if (offset >= 0 && offset <= module.bytes.length) out.push(...traceOf(traces, [offset]));
    else libraryLines(library.head, address - library.code, out);
  }
  return out;
}
