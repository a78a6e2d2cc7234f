// Code that a host has pushed: one push at a time, each checked against its SHA-256 before it counts; the newest codes are kept as bases.
// Invariant: only code whose digest is right is ever found by `code`; together the kept codes have at most KEPT_BYTES.
import { Patch, type PatchMemory } from "../../sdk/channel/patch.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";

/** The longest code, and all that is kept. */
export const LONGEST = 2 << 20;
export const KEPT_BYTES = 4 << 20;

/** Bases that a host may offer. */
const BASES = 16;

/** Memory for one code. */
export interface CodeMemory {
  readonly view: PatchMemory;
  /** a handle to give away that can be read and mapped, not written */
  handle(): number | Failure;
  close(): void;
}

/** What pushes need of the world. */
export interface PushEffects {
  create(bytes: number): CodeMemory | Failure;
  /** SHA-256 of a memory's content, 64 small hexadecimal digits */
  digest(view: PatchMemory): string;
}

interface Code {
  readonly digest: string;
  readonly size: number;
  readonly memory: CodeMemory;
}

const DIGEST = /^[0-9a-f]{64}$/;
const invalid = (sentence: string) => refuse(failures.INVALID, sentence);

export class Pushes {
  private readonly effects: PushEffects;
  /** The newest use last. */
  private readonly kept: Code[] = [];
  private open: (Code & { readonly patch: Patch }) | undefined;

  constructor(effects: PushEffects) {
    this.effects = effects;
  }

  /** Code whose digest was right. */
  code(digest: unknown): Code | Failure {
    const index = this.kept.findIndex((each) => each.digest === digest);
    if (index < 0) return invalid("this code was not pushed, or is kept no more: push it first");
    const [found] = this.kept.splice(index, 1);
    this.kept.push(found!);
    return found!;
  }

  /** Begins a push of `size` bytes; `bases` are digests of codes that the host has, too, the likeliest first. An unfinished push is dropped. */
  begin({ digest, size, bases }: { readonly [field: string]: unknown }) {
    this.drop();
    if (typeof digest !== "string" || !DIGEST.test(digest))
      return invalid("`digest` must be a SHA-256 in 64 small hexadecimal digits");
    if (!(this.code(digest) instanceof Failure)) return { held: true, base: "" };
    if (typeof size !== "number" || size % 1 !== 0 || size < 1 || size > LONGEST)
      return refuse(failures.LIMIT, `code has 1 to ${LONGEST} bytes; this server is too large`);
    const base = this.newestOf(Array.isArray(bases) ? bases : []);
    this.makeRoom(size, base);
    const memory = this.effects.create(size);
    if (memory instanceof Failure) return memory;
    const patch = new Patch(base?.memory.view, memory.view);
    this.open = { digest, size, memory, patch };
    return { held: false, base: base?.digest ?? "" };
  }

  /** The next piece of the push; a fault drops it. */
  piece(operations: Uint8Array) {
    const { open } = this;
    if (open === undefined) return invalid("no push is open; begin it again");
    const fault = open.patch.apply(operations);
    if (fault !== undefined) {
      this.drop();
      return invalid(`${fault}; push it again`);
    }
    const { produced } = open.patch;
    if (produced < open.size) return { produced };
    const digest = this.effects.digest(open.memory.view);
    if (digest !== open.digest) {
      this.drop();
      return invalid(`what arrived has the SHA-256 ${digest}, not ${open.digest}; push it again`);
    }
    this.open = undefined;
    this.kept.push({ digest, size: open.size, memory: open.memory });
    return { produced };
  }

  /** Forgets an unfinished push. */
  drop(): void {
    this.open?.memory.close();
    this.open = undefined;
  }

  /** The first of these digests whose code is kept. */
  private newestOf(digests: readonly unknown[]): Code | undefined {
    for (let index = 0; index < digests.length && index < BASES; index++) {
      const found = this.code(digests[index]);
      if (!(found instanceof Failure)) return found;
    }
    return undefined;
  }

  private makeRoom(size: number, base: Code | undefined): void {
    let bytes = size;
    for (const each of this.kept) bytes += each.size;
    for (let index = 0; bytes > KEPT_BYTES && index < this.kept.length; ) {
      const oldest = this.kept[index]!;
      if (oldest === base) {
        index++;
        continue;
      }
      this.kept.splice(index, 1);
      bytes -= oldest.size;
      oldest.memory.close();
    }
  }
}
