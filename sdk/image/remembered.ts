// What was made of files, for as long as none of them changes: contracts and kernels that many bundles have, and that the next bundle has as well.
// Invariant: a value is given only where each file that it was made of has the very text that it had then.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../ci/setup/paths.mjs";

/** A value, and the files that it was made of, relative to the top folder; without them it is never remembered. */
export interface Made<T> {
  readonly value: T;
  readonly files: readonly string[] | undefined;
}

interface Kept<T> extends Made<T> {
  readonly texts: readonly string[];
}

/** ms by which a file's time may be behind the clock. */
const COARSE = 100;

export class Remembered<T> {
  readonly #kept = new Map<string, Kept<T>>();

  /** The value of that key: as it was made, or made now. What `make` throws is thrown, and not remembered. */
  async get(key: string, make: () => Promise<Made<T>>): Promise<Made<T>> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && isAsItWas(kept)) return kept;
    const begun = Date.now();
    const made = await make();
    const texts = made.files === undefined ? undefined : textsBefore(made.files, begun);
    if (texts === undefined) this.#kept.delete(key);
    else this.#kept.set(key, { ...made, texts });
    return made;
  }
}

/** Texts of files; undefined when one may have changed since that time (ms): what was made of it may be older than its text. */
function textsBefore(files: readonly string[], time: number): string[] | undefined {
  try {
    const texts = files.map((file) => readFileSync(join(root, file), "utf8"));
    const young = files.some((file) => statSync(join(root, file)).mtimeMs > time - COARSE);
    return young ? undefined : texts;
  } catch {
    return undefined;
  }
}

function isAsItWas({ files, texts }: Kept<unknown>): boolean {
  try {
    return files!.every((file, i) => readFileSync(join(root, file), "utf8") === texts[i]);
  } catch {
    return false;
  }
}
