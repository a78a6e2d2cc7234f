// Names for the addresses in the report of a native fault, from the engine that this tree has built.
// Invariant: an address outside of its code has no name; without a built engine there are none.
import { existsSync, readFileSync } from "node:fs";
import { type ElfSymbol, parseElf } from "../../image/elf.ts";
import { enginePath } from "../steps/engine.ts";

/** Bytes that a function is taken to have at most, since symbols of assembly have no size. */
const LONGEST = 0x20000;

/** The addresses in a sentence of `init` (servers/init/exit-report.ts): the instruction, then who called it. */
export function addressesIn(why: string): number[] {
  const found = /at instruction (0x[0-9a-f]+)(?:, called from ((?:0x[0-9a-f]+ ?)+))?/.exec(why);
  if (found === null) return [];
  return [found[1]!, ...(found[2] ?? "").split(" ")].filter((each) => each !== "").map(Number);
}

/** The function that each address lies in, `?` where there is none. A return address is behind its call. */
export function namesAt(
  symbols: readonly Pick<ElfSymbol, "name" | "address" | "code">[],
  addresses: readonly number[],
): string[] {
  const code = symbols
    .filter((each) => each.code && each.name !== "")
    .map(({ name, address }) => ({ name, from: Number(address) }))
    .sort((a, b) => a.from - b.from);
  return addresses.map((address, i) => {
    const at = i === 0 ? address : address - 1;
    const found = code.findLast((each) => each.from <= at);
    return found === undefined || at - found.from > LONGEST ? "?" : found.name;
  });
}

/** The native frames of a fault by name, the innermost first; none when `why` tells of none. */
export function nativeNames(why: string): string[] {
  const addresses = addressesIn(why);
  if (addresses.length === 0 || !existsSync(enginePath)) return [];
  return namesAt(parseElf(readFileSync(enginePath), "engine").symbols, addresses);
}
