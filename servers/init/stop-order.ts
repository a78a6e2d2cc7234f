// In which order servers stop that are swapped together: clients before whom they call, since a client's calls must come back first.
// Invariant: each server is in exactly one wave; servers that use each other stop together.
import type { PackedManifest } from "../../sdk/contract/manifest.ts";

type Names = Pick<PackedManifest, "serves" | "uses">;

/** The waves, the first to stop first. */
export function stopOrder<T>(all: readonly T[], manifestOf: (each: T) => Names): T[][] {
  const calls = (one: T, other: T) =>
    manifestOf(other).serves.some(({ name }) => manifestOf(one).uses.includes(name));
  const waves: T[][] = [];
  let left = [...all];
  while (left.length > 0) {
    const free = left.filter((one) => !left.some((other) => other !== one && calls(other, one)));
    const wave = free.length > 0 ? free : left;
    waves.push(wave);
    left = left.filter((each) => !wave.includes(each));
  }
  return waves;
}
