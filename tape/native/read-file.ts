/**
 * A native `.tb` file read back: the machine code of a whole program with its tables, for a host that runs it suspended (`fiber.ts`).
 *
 * Invariant: offsets that the head gives are looked at only inside the file; a file that does not hold what it says gives undefined.
 */
import type { Code } from "../bytecode/program.ts";
import { HEADER, header, NATIVE_MAGIC, NATIVE_VERSION } from "./file.ts";
import type { Site } from "./inline.ts";

/** What runs a program that was compiled before, and tells of its traps; names as in `NativeModule`. */
export interface NativeRead {
  readonly bytes: Uint8Array;
  readonly entries: ReadonlyMap<string, number>;
  readonly table: number;
  readonly fault: number;
  readonly traps: readonly number[];
  readonly lines: readonly number[];
  readonly sites: readonly Site[];
  readonly features: number;
}

const EXPORT = 12;
const TRAP = 12;
const LINE = 12;
const FUNCTION = 16;

/** Reads a file; `code` is the bytecode in it. */
export function readNative(file: Uint8Array, code: Code): NativeRead | undefined {
  if (file.length < HEADER) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const word = (at: number) => view.getUint32(at, true);
  if (word(header.magic) !== NATIVE_MAGIC || word(header.version) !== NATIVE_VERSION)
    return undefined;
  const holds = (at: number, count: number, each: number) => at + count * each <= file.length;
  const [exports, exportCount] = [word(header.exports), word(header.exportCount)];
  const [traps, trapCount] = [word(header.traps), word(header.trapCount)];
  const [lines, lineCount] = [word(header.lines), word(header.lineCount)];
  const [functions, functionCount] = [word(header.functions), word(header.functionCount)];
  const [start, length] = [word(header.code), word(header.codeBytes)];
  const whole =
    holds(exports, exportCount, EXPORT) &&
    holds(traps, trapCount, TRAP) &&
    holds(lines, lineCount, LINE) &&
    holds(functions, functionCount, FUNCTION) &&
    functionCount >= code.fns.length &&
    holds(start, length, 1);
  if (!whole) return undefined;
  const entries = new Map<string, number>();
  for (let i = 0; i < exportCount; i++) {
    let name = "";
    for (let at = word(exports + EXPORT * i + 8); at < file.length && file[at] !== 0; at++)
      name += String.fromCharCode(file[at]);
    entries.set(name, word(exports + EXPORT * i));
  }
  // a site names its function by the place of the name, of which each function has its own
  const names = new Map<number, number>();
  for (let i = 0; i < code.fns.length; i++) names.set(word(functions + FUNCTION * i), i);
  const sites: Site[] = [];
  for (let i = code.fns.length; i < functionCount; i++) {
    const at = functions + FUNCTION * i;
    const fn = names.get(word(at));
    if (fn === undefined) return undefined;
    sites.push({ fn, caller: word(at + 8) | 0, line: word(at + 12) });
  }
  return {
    bytes: file.subarray(start, start + length),
    entries,
    table: word(header.table),
    fault: word(header.fault),
    traps: Array.from({ length: 2 * trapCount }, (_, i) =>
      word(traps + TRAP * (i >> 1) + 4 * (i & 1)),
    ),
    lines: Array.from({ length: 3 * lineCount }, (_, i) => word(lines + 4 * i) | 0),
    sites,
    features: word(header.features),
  };
}
