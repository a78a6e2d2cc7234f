// The code of a server: an object of the boot image, or memory that a development host has pushed, its SHA-256 compared.
// Invariant: pushed code is a copy of init's own that nobody else can write; it is closed when neither the server nor its way back has it.
import { protections } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { ServerEntry } from "./configuration.ts";
import { imageObject, type Machine } from "./machine.ts";

export interface Code {
  readonly memory: Memory;
  /** bytes of it that are code */
  readonly size: number;
  /** SHA-256, 64 small hexadecimal digits */
  readonly digest: string;
  readonly pushed: boolean;
  /** machine code that came with it, in place of the image's (kernels.ts) */
  readonly kernels: readonly Kernel[];
}

/** A kernel that was pushed. */
export interface Kernel {
  readonly name: string;
  memory: Memory;
  size: number;
  /** it may be mapped executable, and nobody can change it */
  sealed: boolean;
}

/** The longest pushed code. */
const LONGEST = 2 << 20;

/** The code that the image has for a server, when it is the one that the configuration names. */
export function imageCode(machine: Machine, entry: ServerEntry): Code | Failure {
  const bundle = imageObject(machine, entry.bundle);
  if (bundle === undefined)
    return new Failure(failures.NOT_FOUND, `the boot image has no ${entry.bundle}; build it again`);
  const { digest, length, handle } = bundle;
  if (digest !== entry.digest && digest !== entry.scriptDigest)
    return new Failure(
      failures.REFUSED,
      `${entry.bundle} is not the code that the configuration names; build the image again`,
    );
  return { memory: new Memory(handle, true), size: length, digest, pushed: false, kernels: [] };
}

/** A copy of pushed memory whose first `size` bytes have that SHA-256. Takes the handle. */
function pushedMemory(handle: number, size: number, digest: string): Memory | Failure {
  const theirs = new Memory(handle);
  const bytes = theirs.size();
  if (size < 1 || size > LONGEST || size > bytes) {
    theirs.close();
    return refuse(
      failures.INVALID,
      `swap: code has 1 to ${LONGEST} bytes, and its memory holds it`,
    );
  }
  const memory = theirs.clone(0, bytes, bytes);
  theirs.close();
  if (memory instanceof Failure) return memory;
  const view = memory.map(protections.READ, 0, size);
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  const copy = new Uint8Array(size);
  view.copyOut(0, copy, 0, size);
  view.close();
  const found = hexadecimal(uusi.sha256(copy));
  if (found === digest) return memory;
  memory.close();
  return refuse(failures.INVALID, `swap: the code has the SHA-256 ${found}, not ${digest}`);
}

/** Pushed code as a request has it. */
export interface Pushed {
  readonly code: number;
  readonly size: number;
  readonly digest: string;
}

/** Copies of pushed code and its kernels, each of the right SHA-256. Takes the handles. */
export function pushedCode(
  { code, size, digest }: Pushed,
  kernels: readonly (Pushed & { readonly name: string })[],
): Code | Failure {
  const memory = pushedMemory(code, size, digest);
  const copies: Kernel[] = [];
  let fault = memory instanceof Failure ? memory : undefined;
  for (const each of kernels) {
    const copy = pushedMemory(each.code, each.size, each.digest);
    if (copy instanceof Failure) fault ??= copy;
    else copies.push({ name: each.name, memory: copy, size: each.size, sealed: false });
  }
  if (memory instanceof Failure || fault !== undefined) {
    for (const each of copies) each.memory.close();
    if (!(memory instanceof Failure)) memory.close();
    return fault as Failure;
  }
  return { memory, size, digest, pushed: true, kernels: copies };
}

function hexadecimal(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}

/** Lets go of code. */
export function dropCode(code: Code | undefined): void {
  if (code?.pushed !== true) return;
  code.memory.close();
  for (const { memory } of code.kernels) memory.close();
}
