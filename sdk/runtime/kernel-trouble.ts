// Why a call of a kernel failed, as an exception: a bad argument, an error value, or a trap with its places in the source.
import type { KernelHead } from "./kernel-head.ts";
import { kernelHead } from "./kernel-head.ts";
import type { SharedView } from "./shared-view.ts";
import { uusi } from "./binding.ts";

/** An error value that a function returned. */
export class TapeError extends Error {
  /** The enum and the value of its member. */
  readonly problem: string;
  readonly value: number;
  constructor(problem: string, value: number) {
    super(`${problem} ${value}`);
    this.problem = problem;
    this.value = value;
  }
}

/** A trap inside a function. */
export class TapeTrap extends Error {}

/** Offsets in the environment block (tape/native/environment.ts; a test compares both). */
export const traceFields = {
  stop: 8,
  sp: 32,
  spLow: 40,
  text: 72,
  textBytes: 80,
  depth: 96,
  trace: 1152,
} as const;
const STACK = 16384;
/** Places in a message, innermost first. */
const MOST = 8;

/**
 * The exception for `what` (see `Binding.kernel`). `own` is the module's linear memory, `block` the offset of its environment in it.
 */
export function kernelTrouble(
  own: SharedView,
  block: number,
  head: KernelHead,
  code: number,
  name: string,
  error: string,
  what: number,
): Error {
  if (what >= 0)
    return new TypeError(
      `${name}: argument ${what + 1} is missing, too many, or of another type or range`,
    );
  if (what < -1) return new TapeError(error, -2 - what);
  const field = (at: number) => own.get64(block + at);
  const stopped = field(traceFields.stop) !== 0;
  const length = field(traceFields.textBytes);
  let text = stopped ? "stopped, since it took seconds" : "";
  if (!stopped && length > 0 && length < 1024) {
    const bytes = new Uint8Array(length);
    own.copyOut(field(traceFields.text), bytes, 0, length);
    text = uusi.decode(bytes, 0, length) ?? "";
  }
  // A trap leaves the stack in linear memory where it was.
  own.set64(block + traceFields.sp, field(traceFields.spLow) + STACK);
  const depth = field(traceFields.depth);
  let places = "";
  let count = 0;
  for (let i = 0; i < depth && count < MOST; i += 1) {
    const offset = field(traceFields.trace + 8 * i) - code;
    if (i === 0 && text === "") text = trapName(head, offset);
    for (const place of placesOf(head, offset)) {
      places += `${count === 0 ? " at " : " < "}${place}`;
      count += 1;
    }
  }
  return new TapeTrap(`${name}: ${text === "" ? "trap" : text}${places}`);
}

function trapName(head: KernelHead, offset: number): string {
  const first = head.word(kernelHead.traps);
  for (let i = head.word(kernelHead.trapCount) - 1; i >= 0; i -= 1)
    if (head.word(first + 12 * i) === offset) return head.text(head.word(first + 12 * i + 8));
  return "bad address";
}

/** The function of a return address with its line, and those that it was put into, innermost first. */
function placesOf(head: KernelHead, offset: number): string[] {
  const first = head.word(kernelHead.lines);
  let low = 0;
  let high = head.word(kernelHead.lineCount) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (head.word(first + 12 * middle) < offset) low = middle;
    else high = middle - 1;
  }
  let site = head.word(first + 12 * low + 4) | 0;
  let line = head.word(first + 12 * low + 8);
  const places: string[] = [];
  while (site >= 0 && site < head.word(kernelHead.functionCount)) {
    const at = head.word(kernelHead.functions) + 16 * site;
    places.push(`${head.text(head.word(at))} ${head.text(head.word(at + 4))}:${line}`);
    site = head.word(at + 8) | 0;
    line = head.word(at + 12);
  }
  return places;
}
