/** What the processor of this machine has. */
import { readFileSync } from "node:fs";
import { features, linuxFlags } from "../native/processor.ts";

let found: number | undefined;

/** Bits of `features`, by the flags that Linux shows. */
export function hostFeatures(): number {
  if (found !== undefined) return found;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "latin1"))?.[1] ?? "";
  const words = new Set(flags.trim().split(" "));
  found = 0;
  for (const [name, bit] of Object.entries(features))
    if (words.has(linuxFlags[name as keyof typeof features])) found |= bit;
  return found;
}
